# Secrets and certificates of apps that end within sixty days.
param([string] $TenantId, [pscredential] $Credential, [string] $Environment = 'Global', [string] $Folder = [IO.Path]::GetTempPath())
Import-Module ConnectEntra
Connect-MgGraph -TenantId $TenantId -ClientSecretCredential $Credential -Environment $Environment -NoWelcome

$limit = (Get-Date).ToUniversalTime().AddDays(60)
$apps = (Invoke-MgGraphRequest -Method GET -Uri '/v1.0/applications?$select=displayName,appId,passwordCredentials,keyCredentials').value
$expiring = foreach ($app in $apps) {
    foreach ($entry in @($app.passwordCredentials) + @($app.keyCredentials)) {
        if ($entry -and $entry.endDateTime -lt $limit) {
            [pscustomobject]@{ App = $app.displayName; AppId = $app.appId; Ends = $entry.endDateTime; Days = [int]($entry.endDateTime - (Get-Date).ToUniversalTime()).TotalDays }
        }
    }
}
$expiring | Sort-Object Ends | Format-Table | Out-String | Write-Verbose
Write-Output "expiring: $(@($expiring).Count), dates: $(@($expiring | Where-Object { $_.Ends -is [datetime] }).Count)"
