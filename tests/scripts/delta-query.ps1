# What has changed since the last time.
param([string] $TenantId, [pscredential] $Credential, [string] $Environment = 'Global', [string] $Folder = [IO.Path]::GetTempPath())
Import-Module ConnectEntra
Connect-MgGraph -TenantId $TenantId -ClientSecretCredential $Credential -Environment $Environment -NoWelcome

function Get-Changes([string] $Link) {
    $items = @()
    do {
        $response = Invoke-MgGraphRequest -Method GET -Uri $Link -OutputType PSObject
        $items += $response.value
        if ($response.PSObject.Properties['@odata.nextLink']) { $Link = $response.'@odata.nextLink' } else { $Link = $null }
    } while ($Link)
    [pscustomobject]@{ Items = $items; Link = $response.'@odata.deltaLink' }
}
$first = Get-Changes 'v1.0/users/delta?$select=displayName,jobTitle'
Invoke-MgGraphRequest -Method PATCH -Uri "v1.0/users/$($first.Items[0].id)" -Body @{ jobTitle = 'Changed' } | Out-Null
$second = Get-Changes $first.Link
Write-Output "first: $($first.Items.Count -gt 2000), then: $(@($second.Items | Where-Object { $_.id -eq $first.Items[0].id }).Count)"
