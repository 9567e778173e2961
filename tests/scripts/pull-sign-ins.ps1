# The sign-in log, page by page, with a stop.
param([string] $TenantId, [pscredential] $Credential, [string] $Environment = 'Global', [string] $Folder = [IO.Path]::GetTempPath())
$ErrorActionPreference = 'Stop'
Import-Module ConnectEntra
Connect-MgGraph -TenantId $TenantId -ClientSecretCredential $Credential -Environment $Environment -NoWelcome

$uri = 'v1.0/auditLogs/signIns?$top=50'
$seen = [System.Collections.Generic.List[object]]::new()
$pages = 0
while ($null -ne $uri -and $pages -lt 4) {
    $response = Invoke-MgGraphRequest -Method GET -Uri $uri
    $response.value | ForEach-Object { $seen.Add($_) }
    $uri = $response.'@odata.nextLink'
    $pages++
}
$byApp = $seen | Group-Object { $_.appDisplayName } | Sort-Object Count -Descending
Write-Output "sign-ins: $($seen.Count) in $pages pages, apps: $(@($byApp).Count)"
try { Invoke-MgGraphRequest -Uri 'v1.0/status/403' | Out-Null } catch { Write-Output "refused: $($_.Exception.Response.StatusCode)" }
