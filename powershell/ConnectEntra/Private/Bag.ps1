# A bag is UTF-8 text: entries Name=Value, each ended by one NUL; a repeated name is a list, in order.

# Takes a table of name -> text or texts; $null means not given. Operators instead of a StringBuilder: each kind of .NET
# call costs some milliseconds the first time in a process.
function ConvertTo-Bag {
    param([Collections.IDictionary] $Field)
    $entries = foreach ($name in $Field.Keys) {
        if ($null -eq $Field[$name]) { continue }
        foreach ($value in $Field[$name]) { "$name=$value`0" }
    }
    , [Text.Encoding]::UTF8.GetBytes(-join $entries)
}

$script:Nul = [char[]]@([char]0)
$script:EqualSign = [char[]]'='

# Gives a case-sensitive table of name -> list of texts.
function ConvertFrom-Bag {
    param([byte[]] $Byte, [int] $Length)
    $bag = [Collections.Hashtable]::new([StringComparer]::Ordinal)
    foreach ($entry in [Text.Encoding]::UTF8.GetString($Byte, 0, $Length).Split($script:Nul)) {
        $name, $value = $entry.Split($script:EqualSign, 2)
        if ($null -eq $value) { continue }
        $list = $bag[$name]
        if ($null -ne $list) { $null = $list.Add($value) } else { $bag[$name] = [Collections.ArrayList]@(, $value) }
    }
    $bag
}

# One value, or $null where the bag has none of that name.
function Get-BagValue {
    param([Collections.Hashtable] $Bag, [string] $Name)
    if ($Bag.ContainsKey($Name)) { $Bag[$Name][0] }
}

# All values of a name: an array, empty where there are none.
function Get-BagList {
    param([Collections.Hashtable] $Bag, [string] $Name)
    if ($Bag.ContainsKey($Name)) { return , [string[]]$Bag[$Name].ToArray([string]) }
    , [string[]]@()
}

function Test-BagValue {
    param([Collections.Hashtable] $Bag, [string] $Name)
    (Get-BagValue $Bag $Name) -eq 'true'
}
