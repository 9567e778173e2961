# A bag is UTF-8 text: entries Name=Value, each ended by one NUL; a repeated name is a list, in order. What comes from the
# library becomes a table of name -> list of texts, in Wait-Operation.

# The text of a table of name -> text or texts; $null means not given.
function ConvertTo-BagText {
    param([Collections.IDictionary] $Table)
    -join $(foreach ($name in $Table.Keys) {
            foreach ($value in $Table[$name]) { if ($null -ne $value) { "$name=$value`0" } }
        })
}

# One value, or $null where the bag has none of that name.
function Get-BagValue {
    param([Collections.Hashtable] $Bag, [string] $Name)
    $list = $Bag[$Name]
    if ($null -ne $list) { $list[0] }
}

# All values of a name: an array, empty where there are none.
function Get-BagList {
    param([Collections.Hashtable] $Bag, [string] $Name)
    $list = $Bag[$Name]
    if ($null -eq $list) { $list = @() }
    , [string[]]$list
}

function Test-BagValue {
    param([Collections.Hashtable] $Bag, [string] $Name)
    (Get-BagValue $Bag $Name) -eq 'true'
}
