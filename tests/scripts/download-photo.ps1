# A photo to a file.
param([string] $TenantId, [pscredential] $Credential, [string] $Environment = 'Global', [string] $Folder = [IO.Path]::GetTempPath())
Import-Module ConnectEntra
Connect-MgGraph -TenantId $TenantId -ClientSecretCredential $Credential -Environment $Environment -NoWelcome

$user = (Invoke-MgGraphRequest -Uri 'v1.0/users?$top=1').value[0]
$file = Join-Path $Folder 'photo.jpg'
try {
    Invoke-MgGraphRequest -Method GET -Uri "v1.0/users/$($user.id)/photo/`$value" -OutputFilePath $file
} catch {
    Write-Warning "no photo: $_"
}
$bytes = [IO.File]::ReadAllBytes($file)
Write-Output "photo: $($bytes.Length -gt 0), picture: $($bytes[0] -eq 0xFF -or $bytes[0] -eq 0x89)"
