# Signs in to the simulated cloud in five ways and shows the context after each. Started by `cargo xtask demo`.
param(
    [Parameter(Mandatory)] [string] $Manifest,
    # What the simulator said when it was ready, as a JSON file.
    [Parameter(Mandatory)] [string] $WorldFile,
    # An empty folder that takes the place of the home folder.
    [Parameter(Mandatory)] [string] $Folder
)
$ErrorActionPreference = 'Stop'
$world = [IO.File]::ReadAllText($WorldFile) | ConvertFrom-Json

foreach ($name in 'HOME', 'USERPROFILE', 'APPDATA', 'LOCALAPPDATA', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME', 'XDG_DATA_HOME', 'XDG_STATE_HOME') {
    [Environment]::SetEnvironmentVariable($name, $Folder)
}
foreach ($name in @([Environment]::GetEnvironmentVariables().Keys) -like 'AZURE_*') { [Environment]::SetEnvironmentVariable($name, $null) }
$env:SSL_CERT_FILE = $world.ca
$env:NO_PROXY = 'localhost,127.0.0.1'

# Shows a command as it would be typed, runs it, shows who is connected, signs out.
function Show-SignIn {
    param([string] $Title, [scriptblock] $Command)
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $typed = ($Command.ToString().Trim() -split "`r?`n" | ForEach-Object { "PS> $($_.Trim())" }) -join "`n"
    [Console]::WriteLine("`n--- $Title`n$typed")
    . $Command
    $milliseconds = $clock.ElapsedMilliseconds
    $context = Get-EntraContext
    if (-not $context) { throw "not connected after: $Title" }
    $context | Format-List ClientId, TenantId, AuthType, TokenCredentialType, AppName, Account, Scopes, Environment, ContextScope |
        Out-String | ForEach-Object { [Console]::WriteLine($_.Trim()) }
    $null = Disconnect-Entra
    if (Get-EntraContext) { throw "still connected after Disconnect-Entra: $Title" }
    [Console]::WriteLine("($milliseconds ms)")
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
[Console]::WriteLine("`nSigned in and out in five ways.")
