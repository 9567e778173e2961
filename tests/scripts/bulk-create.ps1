# Twenty-five users by batches of twenty.
param([string] $TenantId, [pscredential] $Credential, [string] $Environment = 'Global', [string] $Folder = [IO.Path]::GetTempPath())
Import-Module ConnectEntra
Connect-MgGraph -TenantId $TenantId -ClientSecretCredential $Credential -Environment $Environment -NoWelcome

$new = 1..25 | ForEach-Object {
    @{
        id      = "$_"
        method  = 'POST'
        url     = '/users'
        headers = @{ 'Content-Type' = 'application/json' }
        body    = @{
            accountEnabled    = $true
            displayName       = "Bulk $_"
            mailNickname      = "bulk$_"
            userPrincipalName = "bulk$_-$([guid]::NewGuid().ToString('N'))@contoso.onmicrosoft.com"
            passwordProfile   = @{ forceChangePasswordNextSignIn = $true; password = "Fake-$_-Pass" }
        }
    }
}
$created = 0
for ($i = 0; $i -lt $new.Count; $i += 20) {
    $part = $new[$i..([Math]::Min($i + 19, $new.Count - 1))]
    $body = @{ requests = @($part) } | ConvertTo-Json -Depth 10
    $answer = Invoke-MgGraphRequest -Method POST -Uri 'https://graph.microsoft.com/v1.0/$batch'.Replace('https://graph.microsoft.com', (Get-MgEnvironment -Name $Environment).GraphEndpoint) -Body $body
    $created += @($answer.responses | Where-Object { $_.status -eq 201 }).Count
}
Write-Output "created: $created"
