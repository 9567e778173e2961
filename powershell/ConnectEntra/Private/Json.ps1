# Bodies become JSON here, the same on every edition: ConvertTo-Json words dates, enumerations, bytes and spans of time
# differently on each, and stops at a depth. Values are written as the original writes them.

$script:JsonDepth = 64
# Made with the first body: it costs milliseconds.
$script:JsonEscape = $null
# Names, since an array of types cannot be made in constrained language, where the module has to import all the same.
$script:JsonNumber = 'Int32', 'Int64', 'Int16', 'Byte', 'SByte', 'UInt16', 'UInt32', 'UInt64', 'BigInteger'

function ConvertTo-GraphJson {
    param([Management.Automation.PSCmdlet] $Caller, $Value)
    if ($null -eq $script:JsonEscape) { $script:JsonEscape = [char[]]((0..31) + 34 + 92) }
    $text = [Text.StringBuilder]::new()
    Add-Json $Caller $text $Value 0
    $text.ToString()
}

function Add-Json {
    param([Management.Automation.PSCmdlet] $Caller, [Text.StringBuilder] $Text, $Value, [int] $Depth)
    if ($null -eq $Value -or $Value -is [dbnull]) { $null = $Text.Append('null'); return }
    if ($Value -is [string]) { Add-JsonText $Text $Value; return }
    if ($Value -is [bool]) { $null = $Text.Append($(if ($Value) { 'true' } else { 'false' })); return }
    if ($Value -is [enum]) { $null = $Text.Append($Value.ToString('D')); return }
    if ($script:JsonNumber -contains $Value.GetType().Name) { $null = $Text.Append($Value.ToString([cultureinfo]::InvariantCulture)); return }
    $plain = Get-JsonScalar $Value
    if ($null -ne $plain) { $null = $Text.Append($plain); return }
    if ($Depth -ge $script:JsonDepth) {
        Stop-Command $Caller 'NotSpecified' 'InvalidOperation' ([InvalidOperationException]::new(
            "The body is nested more than $($script:JsonDepth) levels deep, or holds itself: it cannot be written as JSON."))
    }
    if ($Value -is [Collections.IDictionary]) { Add-JsonObject $Caller $Text $Value.GetEnumerator() $Depth; return }
    if ($Value -is [Collections.IEnumerable]) { Add-JsonList $Caller $Text $Value $Depth; return }
    Add-JsonObject $Caller $Text $Value.psobject.Properties $Depth
}

# A value that JSON has no kind for, as the text or number that stands for it; nothing for what has parts.
function Get-JsonScalar {
    param($Value)
    $invariant = [cultureinfo]::InvariantCulture
    if ($Value -is [double] -or $Value -is [single] -or $Value -is [decimal]) { return Get-JsonFraction $Value }
    $words = if ($Value -is [datetime]) { $Value.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", $invariant) }
    elseif ($Value -is [datetimeoffset]) { $Value.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", $invariant) }
    elseif ($Value -is [timespan]) { $Value.ToString('c', $invariant) }
    elseif ($Value -is [uri]) { $Value.OriginalString }
    elseif ($Value -is [byte[]]) { [Convert]::ToBase64String($Value) }
    elseif ($Value -is [char] -or $Value -is [guid] -or $Value -is [version] -or $Value -is [type] -or $Value -is [scriptblock]) { $Value.ToString() }
    else { return }
    $text = [Text.StringBuilder]::new()
    Add-JsonText $text $words
    $text.ToString()
}

# A number with a fraction keeps one, so that it is read as what it was.
function Get-JsonFraction {
    param($Value)
    $format = if ($Value -is [decimal]) { 'G' } else { 'R' }
    $words = $Value.ToString($format, [cultureinfo]::InvariantCulture)
    if ($words -match '[a-zN]$') { return '"' + $words + '"' }
    if ($words.IndexOfAny([char[]]'.E') -lt 0) { return $words + '.0' }
    $words
}

function Add-JsonText {
    param([Text.StringBuilder] $Text, [string] $Value)
    if ($Value.IndexOfAny($script:JsonEscape) -ge 0) {
        $Value = $Value.Replace('\', '\\').Replace('"', '\"').Replace("`n", '\n').Replace("`r", '\r').Replace("`t", '\t').Replace("`b", '\b').Replace("`f", '\f')
        if ($Value -match '[\x00-\x1f]') {
            $Value = [regex]::Replace($Value, '[\x00-\x1f]', { param($found) '\u{0:x4}' -f [int]$found.Value[0] })
        }
    }
    $null = $Text.Append('"').Append($Value).Append('"')
}

# Entries of a table, which have a key, or properties of an object, which have a name.
function Add-JsonObject {
    param([Management.Automation.PSCmdlet] $Caller, [Text.StringBuilder] $Text, $Entry, [int] $Depth)
    $separator = '{'
    foreach ($one in $Entry) {
        $null = $Text.Append($separator)
        Add-JsonText $Text ([string]$(if ($one -is [Management.Automation.PSPropertyInfo]) { $one.Name } else { $one.Key }))
        $null = $Text.Append(':')
        Add-Json $Caller $Text $one.Value ($Depth + 1)
        $separator = ','
    }
    $null = $Text.Append($(if ($separator -eq '{') { '{}' } else { '}' }))
}

function Add-JsonList {
    param([Management.Automation.PSCmdlet] $Caller, [Text.StringBuilder] $Text, $List, [int] $Depth)
    $separator = '['
    foreach ($one in $List) {
        $null = $Text.Append($separator)
        Add-Json $Caller $Text $one ($Depth + 1)
        $separator = ','
    }
    $null = $Text.Append($(if ($separator -eq '[') { '[]' } else { ']' }))
}
