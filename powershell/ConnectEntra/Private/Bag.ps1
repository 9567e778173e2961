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
    param([byte[]] $Byte, $Length)
    $bag = [Collections.Hashtable]::new([StringComparer]::Ordinal)
    $start, $parts = 0, 2
    foreach ($entry in [Text.Encoding]::UTF8.GetString($Byte, $start, $Length).Split($script:Nul)) {
        if (-not $entry) { continue }
        $pair = $entry.Split($script:EqualSign, $parts)
        $bag[$pair[0]] += , $pair[1]
    }
    $bag
}

# One value, or $null where the bag has none of that name.
function Get-BagValue {
    param([Collections.Hashtable] $Bag, [string] $Name)
    $list = $Bag[$Name]
    if ($list) { $list[0] }
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
