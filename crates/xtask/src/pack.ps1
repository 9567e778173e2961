# Checks the packed module and makes its nupkg. Started by `cargo xtask pack`.
param(
    [Parameter(Mandatory)] [string] $Folder,
    [Parameter(Mandatory)] [string] $Destination
)
$ErrorActionPreference = 'Stop'
$path = Join-Path $Folder 'ConnectEntra.psd1'
$manifest = Test-ModuleManifest $path

# Test-ModuleManifest lets these pass.
if (-not $manifest.Description) { throw 'The manifest has no Description.' }
$wrong = @($manifest.CompatiblePSEditions | Where-Object { $_ -notin 'Desktop', 'Core' })
if ($wrong) { throw "CompatiblePSEditions: '$wrong' is none." }
$spaced = @($manifest.Tags | Where-Object { $_ -match '\s' })
if ($spaced) { throw "A tag has a space in it: $spaced" }

$module = Import-Module $path -PassThru
foreach ($kind in 'Function', 'Alias') {
    $listed = @($manifest."Exported${kind}s".Keys)
    $there = @($module."Exported${kind}s".Keys)
    $absent = @($listed | Where-Object { $_ -notin $there })
    if ($absent) { throw "Listed in the manifest, but not exported: $absent" }
}

# The first command loads the library: it must be the one of this package.
$null = Get-EntraEnvironment
if ($IsLinux) {
    $loaded = @(Get-Content /proc/self/maps | Where-Object { $_ -like "*$Folder*connect_entra*" })
    if (-not $loaded) { throw "The library of $Folder was not loaded." }
}

if (Get-Command Compress-PSResource -ErrorAction SilentlyContinue) {
    Compress-PSResource -Path $Folder -DestinationPath $Destination
    $package = Get-Item (Join-Path $Destination '*.nupkg')
    [Console]::WriteLine(('   {0} ({1:n2} MB)' -f $package.FullName, ($package.Length / 1MB)))
} else {
    [Console]::WriteLine('   left out: the nupkg (no Compress-PSResource; install Microsoft.PowerShell.PSResourceGet 1.1)')
}
