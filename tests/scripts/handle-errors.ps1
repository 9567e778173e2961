# What goes wrong is told apart.
param([string] $TenantId, [pscredential] $Credential, [string] $Environment = 'Global', [string] $Folder = [IO.Path]::GetTempPath())
Import-Module ConnectEntra
Connect-MgGraph -TenantId $TenantId -ClientSecretCredential $Credential -Environment $Environment -NoWelcome

function Test-User([string] $Id) {
    try {
        $user = Invoke-MgGraphRequest -Method GET -Uri "v1.0/users/$Id" -ErrorAction Stop
        "found $($user.displayName)"
    } catch [System.Net.Http.HttpRequestException] {
        $text = $_.ErrorDetails.Message
        $json = $text.Substring($text.IndexOf('{"error"')) | ConvertFrom-Json
        switch ([int]$_.Exception.Response.StatusCode) {
            404 { "missing ($($json.error.code))" }
            403 { 'not allowed' }
            default { "other: $($_.Exception.Message)" }
        }
    } catch {
        "unexpected: $_"
    }
}
$one = (Invoke-MgGraphRequest -Uri 'v1.0/users?$top=1').value[0].id
Test-User $one
Test-User 'nobody@contoso.onmicrosoft.com'
$null = Invoke-MgGraphRequest -Uri 'v1.0/users/nobody' -SkipHttpErrorCheck -StatusCodeVariable status
"status $status"
