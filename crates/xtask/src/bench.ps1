# One measurement in a fresh process. Started by `cargo xtask bench`; prints Name=Value lines, times in milliseconds.
# No cmdlet of the Utility and Management modules before the end: the first one loads its module, which would be measured.
param(
    [Parameter(Mandatory)] [string] $Module,
    [string] $Login, [string] $Graph, [string] $Tenant, [string] $App, [string] $Secret, [string] $Folder,
    # How many sign-ins follow the first.
    [int] $Later = 15
)
$ErrorActionPreference = 'Stop'
function Measure-Once([scriptblock] $Work) {
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $null = . $Work
    $clock.Elapsed.TotalMilliseconds
}
function Write-Figure([string] $Name, [double] $Value) {
    [Console]::WriteLine([string]::Format([Globalization.CultureInfo]::InvariantCulture, '{0}={1:0.###}', $Name, $Value))
}
function Get-Memory { [Diagnostics.Process]::GetCurrentProcess().WorkingSet64 / 1MB }
function Get-Median([double[]] $Values) { [Array]::Sort($Values); $Values[[Math]::Floor($Values.Length / 2)] }

$null = Measure-Once { Get-Module }
$null = Get-Memory
$memory = Get-Memory
Write-Figure 'import' (Measure-Once { Import-Module $Module })
if (-not $Login) { exit 0 }

foreach ($name in 'HOME', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME') {
    [Environment]::SetEnvironmentVariable($name, $Folder)
}
$password = [securestring]::new()
foreach ($character in $Secret.ToCharArray()) { $password.AppendChar($character) }
$credential = [pscredential]::new($App, $password)
# The cloud is added in a process of its own, so that Connect-Entra is the first command here.
if ($Later -eq 0) {
    $null = Add-EntraEnvironment -Name Simulator -AzureADEndpoint $Login -GraphEndpoint $Graph
    exit 0
}
$connect = { Connect-Entra -TenantId $Tenant -ClientSecretCredential $credential -Environment Simulator -NoWelcome -ErrorAction Stop }
Write-Figure 'first' (Measure-Once $connect)
Write-Figure 'memory' ((Get-Memory) - $memory)
$times = foreach ($i in 1..$Later) {
    $null = Disconnect-Entra
    Measure-Once $connect
}
Write-Figure 'later' (Get-Median $times)
if (Get-Command Get-EntraToken -ErrorAction Ignore) {
    $null = Get-EntraToken
    $count = 500
    $time = Measure-Once { foreach ($i in 1..$count) { $null = Get-EntraToken } }
    Write-Figure 'tokens' ($count / $time * 1000)
}
# A page of 10,000 users, in the warm: as objects and as tables, beside PowerShell's own client and its reader on the same text.
function Measure-Page([string] $Name, [scriptblock] $Work) {
    $null = Measure-Once $Work
    Write-Figure $Name (Get-Median @(foreach ($i in 1..3) { [GC]::Collect(); Measure-Once $Work }))
}
# .NET takes the simulator's CA from a variable only where it does so with OpenSSL.
if (-not $IsWindows -and (Get-Command Invoke-EntraRequest -ErrorAction Ignore)) {
    $text = Invoke-EntraRequest -Uri 'v1.0/big' -OutputType Json
    $bearer = @{ Authorization = "Bearer $(Get-EntraToken -AsPlainText)" }
    Measure-Page 'page.objects' { Invoke-EntraRequest -Uri 'v1.0/big' -OutputType PSObject }
    Measure-Page 'page.tables' { Invoke-EntraRequest -Uri 'v1.0/big' }
    Measure-Page 'page.rest' { Invoke-RestMethod -Uri "$Graph/v1.0/big" -Headers $bearer }
    Measure-Page 'page.convert' { ConvertFrom-Json $text }
}
