# A loop that waits for itself when it is throttled.
param([string] $TenantId, [pscredential] $Credential, [string] $Environment = 'Global', [string] $Folder = [IO.Path]::GetTempPath())
Import-Module ConnectEntra
Connect-MgGraph -TenantId $TenantId -ClientSecretCredential $Credential -Environment $Environment -NoWelcome

$null = Set-MgRequestContext -MaxRetry 0
$done = 0
$waits = 0
foreach ($n in 1..3) {
    do {
        $again = $false
        try {
            $null = Invoke-MgGraphRequest -Method GET -Uri 'v1.0/organization'
            $done++
        } catch {
            if ($_.Exception.Response.StatusCode -eq 429 -or [int]$_.Exception.Response.StatusCode -eq 503) {
                $seconds = [int]$_.Exception.Response.Headers.RetryAfter.Delta.TotalSeconds
                Start-Sleep -Milliseconds (10 + $seconds)
                $waits++
                $again = $true
            } else { throw }
        }
    } while ($again)
}
$null = Set-MgRequestContext -MaxRetry 3
Write-Output "done: $done, waited: $waits"
