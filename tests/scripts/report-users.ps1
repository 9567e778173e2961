# All users with a job title, as a CSV file.
param([string] $TenantId, [pscredential] $Credential, [string] $Environment = 'Global', [string] $Folder = [IO.Path]::GetTempPath())
Import-Module ConnectEntra
Connect-MgGraph -TenantId $TenantId -ClientSecretCredential $Credential -Environment $Environment -NoWelcome

$users = @()
$uri = 'https://graph.microsoft.com/v1.0/users?$select=id,displayName,userPrincipalName,jobTitle&$top=999'
if ($Environment -ne 'Global') { $uri = $uri.Replace('https://graph.microsoft.com', (Get-MgEnvironment -Name $Environment).GraphEndpoint) }
do {
    $page = Invoke-MgGraphRequest -Method GET -Uri $uri -OutputType PSObject
    $users += $page.value
    $uri = $page.'@odata.nextLink'
} while ($uri)
$users | Where-Object jobTitle | Select-Object displayName, userPrincipalName, jobTitle |
    Export-Csv -Path (Join-Path $Folder 'users.csv') -NoTypeInformation -Encoding utf8
Write-Output "users: $($users.Count)"
