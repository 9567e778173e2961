# Certificates and assertion blocks that a renewal needs. One table for the whole process, since another runspace may be
# the one that renews; an entry lives as long as the connection it belongs to.
function Get-KeyTable {
    $name = 'ConnectEntra.Keys'
    $table = [AppDomain]::CurrentDomain.GetData($name)
    if ($null -ne $table) { return , $table }
    [Threading.Monitor]::Enter([AppDomain]::CurrentDomain)
    try {
        $table = [AppDomain]::CurrentDomain.GetData($name)
        if ($null -eq $table) {
            $table = [Collections.Concurrent.ConcurrentDictionary[string, object]]::new()
            [AppDomain]::CurrentDomain.SetData($name, $table)
        }
    } finally { [Threading.Monitor]::Exit([AppDomain]::CurrentDomain) }
    , $table
}

# Given: the person handed the object over, so the context shows it.
function Add-Key {
    param($Value, [switch] $Given)
    $id = [guid]::NewGuid().ToString('N')
    (Get-KeyTable)[$id] = @{ Value = $Value; Given = [bool]$Given; Connection = '' }
    $id
}

function Get-Key {
    param([string] $Id)
    $entry = $null
    if ($Id -and (Get-KeyTable).TryGetValue($Id, [ref]$entry)) { $entry }
}

function Remove-Key {
    param([string[]] $Id)
    $entry = $null
    foreach ($one in $Id) { $null = (Get-KeyTable).TryRemove($one, [ref]$entry) }
}

# The keys of an operation that succeeded belong to its connection from now on.
function Set-KeyConnection {
    param([string[]] $Id, [string] $Connection)
    foreach ($one in $Id) {
        $entry = Get-Key $one
        if ($entry) { $entry.Connection = $Connection }
    }
}

function Remove-ConnectionKey {
    param([string[]] $Connection)
    foreach ($pair in (Get-KeyTable).ToArray()) {
        if ($Connection -contains $pair.Value.Connection) { Remove-Key $pair.Key }
    }
}

$script:Utf16 = 2

# Secrets cross as UTF-16 units and are wiped on this side as soon as the library has its copy.
function Send-Secret {
    param($Call, $Name, $Value)
    $label = [Text.Encoding]::UTF8.GetBytes($Name)
    if ($Value -isnot [securestring]) { $Value = [string]$Value }
    $pointer = $null
    try {
        $pointer = if ($Value -is [string]) { [Runtime.InteropServices.Marshal]::StringToHGlobalUni($Value) }
        else { [Runtime.InteropServices.Marshal]::SecureStringToGlobalAllocUnicode($Value) }
        $status = $script:Native::entra_op_secret($Call['Handle'][0], $label, $label.Length, $pointer, $Value.Length, $script:Utf16)
    } finally {
        if ($null -ne $pointer) { [Runtime.InteropServices.Marshal]::ZeroFreeGlobalAllocUnicode($pointer) }
    }
    if ($status) { Stop-NativeCall $Call['Caller'] $status 'entra_op_secret' }
}

# A context shows that there is a secret and how long it is, never the secret.
function New-SecretStandIn {
    param([int] $Length)
    $standIn = [securestring]::new()
    for ($i = 0; $i -lt $Length; $i++) { $standIn.AppendChar('*') }
    $standIn.MakeReadOnly()
    $standIn
}
