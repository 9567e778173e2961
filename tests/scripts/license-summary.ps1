# How many of each licence are used.
param([string] $TenantId, [pscredential] $Credential, [string] $Environment = 'Global', [string] $Folder = [IO.Path]::GetTempPath())
Import-Module ConnectEntra
Connect-MgGraph -TenantId $TenantId -ClientSecretCredential $Credential -Environment $Environment -NoWelcome

$skus = Invoke-MgRestMethod -Method Get -Uri 'v1.0/subscribedSkus' -OutputType PSObject | Select-Object -ExpandProperty value
$skus | ForEach-Object {
    [pscustomobject]@{
        Sku = $_.skuPartNumber
        Used = $_.consumedUnits
        Total = $_.prepaidUnits.enabled
        Free = $_.prepaidUnits.enabled - $_.consumedUnits
    }
} | Sort-Object Sku | ForEach-Object { "$($_.Sku): $($_.Used) of $($_.Total), $($_.Free) free" }
