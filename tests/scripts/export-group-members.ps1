# Every group with the names of its members.
param([string] $TenantId, [pscredential] $Credential, [string] $Environment = 'Global', [string] $Folder = [IO.Path]::GetTempPath())
Import-Module ConnectEntra
Connect-MgGraph -TenantId $TenantId -ClientSecretCredential $Credential -Environment $Environment -NoWelcome

function Get-GraphPages([string] $Uri) {
    while ($Uri) {
        $response = Invoke-MgGraphRequest -Uri $Uri
        $response.value
        $Uri = $response['@odata.nextLink']
    }
}
$rows = foreach ($group in Get-GraphPages 'v1.0/groups?$select=id,displayName&$top=5') {
    foreach ($member in Get-GraphPages "v1.0/groups/$($group.id)/members") {
        [pscustomobject]@{ Group = $group.displayName; Member = $member.displayName }
    }
}
$rows | ConvertTo-Json -Depth 3 | Out-File (Join-Path $Folder 'members.json') -Encoding utf8
Write-Output "members: $($rows.Count)"
