# Signs in to the simulated cloud, as applications and as a person, and shows who is connected after each sign-in.
# Started by `cargo xtask demo`.
param(
    [Parameter(Mandatory)] [string] $Manifest,
    # What the simulator said when it was ready, as a JSON file.
    [Parameter(Mandatory)] [string] $WorldFile,
    # An empty folder that takes the place of the home folder.
    [Parameter(Mandatory)] [string] $Folder
)
$ErrorActionPreference = 'Stop'
$world = [IO.File]::ReadAllText($WorldFile) | ConvertFrom-Json

foreach ($name in 'HOME', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME', 'XDG_RUNTIME_DIR') {
    [Environment]::SetEnvironmentVariable($name, $Folder)
}
# Neither the person's own settings nor a keyring, and no place where the product would not open a page.
$others = @([Environment]::GetEnvironmentVariables().Keys) -match '^(AZURE|CONNECT_ENTRA)_|^(BROWSER|CODESPACES|DBUS_SESSION_BUS_ADDRESS)$'
foreach ($name in $others) { [Environment]::SetEnvironmentVariable($name, $null) }
$env:SSL_CERT_FILE = $world.ca
$env:NO_PROXY = 'localhost,127.0.0.1'

# Shows a command as it would be typed, runs it, shows who is connected, signs out.
function Show-SignIn {
    param([string] $Title, [scriptblock] $Command, [switch] $Test)
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $typed = ($Command.ToString().Trim() -split "`r?`n" | ForEach-Object { "PS> $($_.Trim())" }) -join "`n"
    [Console]::WriteLine("`n--- $Title`n$typed")
    . $Command
    $milliseconds = $clock.ElapsedMilliseconds
    $context = Get-EntraContext
    if (-not $context) { throw "not connected after: $Title" }
    $context | Format-List ClientId, TenantId, AuthType, TokenCredentialType, AppName, Account, Scopes, Environment, ContextScope |
        Out-String | ForEach-Object { [Console]::WriteLine($_.Trim()) }
    if ($Test) {
        [Console]::WriteLine("`nPS> Test-EntraConnection")
        Test-EntraConnection | Format-List | Out-String | ForEach-Object { [Console]::WriteLine($_.Trim()) }
    }
    $null = Disconnect-Entra
    if (Get-EntraContext) { throw "still connected after Disconnect-Entra: $Title" }
    [Console]::WriteLine("($milliseconds ms)")
}

# Nobody is there to click: a runspace of its own enters each code and signs in at each page that it finds in the folder.
function Start-Person {
    $shell = [powershell]::Create().AddScript({
            param($World, $Page)
            while ($true) {
                foreach ($code in @(Invoke-RestMethod "$($World.control)/device" | ForEach-Object { $_.user_code })) {
                    $null = Invoke-RestMethod "$($World.control)/device" -Method POST -Body (ConvertTo-Json @{ user_code = $code })
                }
                if ([IO.File]::Exists($Page)) {
                    $address = [IO.File]::ReadAllText($Page)
                    [IO.File]::Delete($Page)
                    [Console]::WriteLine("The page that opened: $address")
                    $null = Invoke-RestMethod "$($World.control)/browse" -Method POST -Body (ConvertTo-Json @{ url = $address })
                }
                [Threading.Thread]::Sleep(50)
            }
        }).AddArgument($world).AddArgument([IO.Path]::Combine($Folder, 'page'))
    $null = $shell.BeginInvoke()
    $shell
}

# The browser of the demo hands the address over. Found on PATH: BROWSER takes no path with a space in it.
function Set-DemoBrowser {
    $program = [IO.Path]::Combine($Folder, 'demo-browser')
    [IO.File]::WriteAllText($program, "#!/bin/sh`ncd '$($Folder.Replace("'", "'\''"))' && printf %s `"`$1`" >page.new && mv page.new page`n")
    chmod +x $program
    $env:PATH = "$Folder$([IO.Path]::PathSeparator)$env:PATH"
    $env:BROWSER = 'demo-browser'
}

Import-Module $Manifest
$tenant, $app = $world.tenant, $world.app
$secret = ConvertTo-SecureString $world.secret -AsPlainText -Force
$password = ConvertTo-SecureString $world.certificate_password -AsPlainText -Force
$credential = [pscredential]::new($app, $secret)
$pfx = $world.pfx

$null = Add-EntraEnvironment -Name Simulator -AzureADEndpoint $world.login -GraphEndpoint $world.graph
Get-EntraEnvironment -Name Simulator | Format-Table | Out-String | ForEach-Object { [Console]::WriteLine($_.Trim()) }

Show-SignIn 'a secret' {
    Connect-Entra -TenantId $tenant -ClientSecretCredential $credential -Environment Simulator -NoWelcome
}
Show-SignIn 'a certificate file' {
    Connect-Entra -TenantId $tenant -ClientId $app -CertificatePath $pfx -CertificatePassword $password -Environment Simulator -NoWelcome
}
Show-SignIn 'a certificate object' {
    $certificate = [Security.Cryptography.X509Certificates.X509Certificate2]::new($pfx, $password)
    Connect-Entra -TenantId $tenant -ClientId $app -Certificate $certificate -Environment Simulator -NoWelcome
}
Show-SignIn 'an access token (here: of the machine''s identity)' {
    $reply = Invoke-RestMethod -Headers @{ Metadata = 'true' } -Uri "$($world.identity)/metadata/identity/oauth2/token?api-version=2018-02-01&resource=https://graph.microsoft.com"
    $token = ConvertTo-SecureString $reply.access_token -AsPlainText -Force
    Connect-Entra -AccessToken $token -Environment Simulator -NoWelcome
}
Show-SignIn 'environment variables' {
    $env:AZURE_TENANT_ID = $tenant
    $env:AZURE_CLIENT_ID = $app
    $env:AZURE_CLIENT_SECRET = $world.secret
    Connect-Entra -EnvironmentVariable -Environment Simulator -NoWelcome
}

# What the last way set would be a way to sign in for the next.
foreach ($name in 'AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET') { [Environment]::SetEnvironmentVariable($name, $null) }
# A page or a code that nobody answers ends the demo soon.
$env:CONNECT_ENTRA_SIGN_IN_TIMEOUT = '60'
$ways = 'seven'
# The shortest time between two questions after the code.
$null = Invoke-RestMethod "$($world.control)/settings" -Method POST -Body '{"device_interval":1}'
$person = Start-Person
try {
    # Process: no keyring of this computer keeps a person that does not exist.
    if ($IsLinux) {
        Set-DemoBrowser
        Show-SignIn 'a person, with the browser (here the demo clicks)' -Test {
            Connect-Entra -TenantId $tenant -Environment Simulator -ContextScope Process -NoWelcome
        }
    } else {
        $ways = 'six'
        [Console]::WriteLine("`nleft out: a person with the browser: here the system opens it, and the demo cannot click in its place")
    }
    Show-SignIn 'a person, with a device code (here the demo enters it)' -Test {
        Connect-Entra -UseDeviceCode -TenantId $tenant -Environment Simulator -ContextScope Process -NoWelcome
    }
} finally { $person.Dispose() }
[Console]::WriteLine("`nSigned in and out in $ways ways.")
