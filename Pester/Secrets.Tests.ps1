# Marked secrets are pushed through every way in, well and badly, and then looked for in all that came out.
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    $marks = @{}
    function New-Mark { param([string] $Name) $marks[$Name] = "fake-$Name-$([guid]::NewGuid().ToString('N'))"; $marks[$Name] }

    # Everything that a text search of an object can reach: its shown text, its JSON, its CLIXML.
    function Get-Trace {
        param($Item)
        $Item | Format-List * -Force | Out-String -Width 400
        [Management.Automation.PSSerializer]::Serialize($Item, (Get-TraceDepth 4))
        try { $Item | ConvertTo-Json -Depth (Get-TraceDepth 4) -WarningAction SilentlyContinue } catch { $null = $_ }
        if ($Item -is [Management.Automation.ErrorRecord]) {
            $Item.Exception | Format-List * -Force | Out-String -Width 400
            $Item.Exception.ToString()
            if ($null -ne $Item.TargetObject) { $Item.TargetObject | Out-String }
            $Item.InvocationInfo.BoundParameters.Values | Out-String
            $Item.ScriptStackTrace
        }
    }
    # Runs each way with every stream on; gives all text that came out.
    function Get-AllText {
        param([scriptblock[]] $Way)
        $text = [Text.StringBuilder]::new()
        $transcript = [IO.Path]::Combine($sim.Home, 'transcript.txt')
        $null = Start-Transcript $transcript
        $Error.Clear()
        $VerbosePreference = 'Continue'; $DebugPreference = 'Continue'; $InformationPreference = 'Continue'
        foreach ($one in $Way) {
            $records = [Collections.ArrayList]::new()
            try { & $one *>&1 | ForEach-Object { $null = $records.Add($_) } } catch { $null = $records.Add($_) }
            foreach ($record in $records) { foreach ($trace in Get-Trace $record) { $null = $text.AppendLine($trace) } }
            foreach ($trace in Get-Trace (Get-EntraContext -Verbose:$false -Debug:$false)) { $null = $text.AppendLine($trace) }
        }
        foreach ($record in @($Error)) { foreach ($trace in Get-Trace $record) { $null = $text.AppendLine($trace) } }
        $null = Stop-Transcript
        $null = $text.AppendLine([IO.File]::ReadAllText($transcript))
        foreach ($file in [IO.Directory]::GetFiles($sim.Home, '*', 'AllDirectories')) {
            if ($file -notlike '*x509stores*') { $null = $text.AppendLine([Text.Encoding]::GetEncoding(28591).GetString([IO.File]::ReadAllBytes($file))) }
        }
        $text.ToString()
    }
    function Find-Mark {
        param([string] $Text)
        foreach ($name in $marks.Keys) {
            $bytes = [Text.Encoding]::UTF8.GetBytes($marks[$name])
            foreach ($form in @($marks[$name], [Convert]::ToBase64String($bytes), [uri]::EscapeDataString($marks[$name])) | Sort-Object -Unique) { if ($Text.Contains($form)) { "$name leaked" } }
        }
    }
    $secret = ConvertTo-Secret (New-Mark 'secret')
    $credential = [pscredential]::new($sim.app, $secret)
    $password = ConvertTo-Secret (New-Mark 'password')
    $assertion = ConvertTo-Secret "e30.$(New-Mark 'assertion').c2ln"
    $token = New-Token @{ appid = 'x' }
    $marks.token = $token.Split('.')[1]
    $opaque = ConvertTo-Secret (New-Mark 'opaque')
    $expired = New-Token @{ nonce = 'expired' } -5
    $marks.expired = $expired.Split('.')[1]
    $common = @{ Environment = 'Sim'; TenantId = $sim.tenant }
}
AfterAll { Stop-Sim }

Describe 'Secrets' {
    It 'come out nowhere: app secret, refused and in an answer that repeats it' {
        $answer = '{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret ' + $marks.secret + ' provided.","error_codes":[7000215]}'
        $ways = @(
            { Connect-Entra @common -ClientSecretCredential $credential }
            { Connect-Entra @common -ClientSecretCredential $credential -ErrorAction Stop }
            { Add-Fault @{ host = 'login'; path = '/token'; status = 401; body = $answer }; Connect-Entra @common -ClientSecretCredential $credential }
            { Add-Fault @{ host = 'login'; path = '/token'; status = 200; body = $marks.secret }; Connect-Entra @common -ClientSecretCredential $credential }
            { Add-Fault @{ host = 'login'; path = '/token'; reset = $true; times = 9 }; Connect-Entra @common -ClientSecretCredential $credential; Clear-Fault }
        )
        Find-Mark (Get-AllText $ways) | Should -BeNullOrEmpty
    }
    It 'come out nowhere: access tokens, good and bad' {
        $ways = @(
            { Connect-Entra -Environment Sim -AccessToken (ConvertTo-Secret $token) }
            { Connect-Entra -Environment Sim -AccessToken (ConvertTo-Secret $expired) }
            { Connect-Entra -Environment Sim -AccessToken $opaque }
            { Disconnect-Entra }
        )
        Find-Mark (Get-AllText $ways) | Should -BeNullOrEmpty
    }
    It 'come out nowhere: passwords of certificate files and assertions' {
        $ways = @(
            { Connect-Entra @common -ClientId $sim.app -CertificatePath $sim.pfx -CertificatePassword $password }
            { Connect-Entra @common -ClientId $sim.app -ClientAssertion $assertion }
            { Connect-Entra @common -ClientId $sim.app -ClientAssertion { $marks.assertion } }
        )
        Find-Mark (Get-AllText $ways) | Should -BeNullOrEmpty
    }
    It 'come out nowhere: environment variables' {
        $env:AZURE_TENANT_ID, $env:AZURE_CLIENT_ID, $env:AZURE_CLIENT_SECRET = $sim.tenant, $sim.app, $marks.secret
        try { $text = Get-AllText { Connect-Entra -Environment Sim -EnvironmentVariable } } finally { $env:AZURE_CLIENT_SECRET = $null }
        $env:AZURE_CLIENT_CERTIFICATE_PATH, $env:AZURE_CLIENT_CERTIFICATE_PASSWORD = $sim.pfx, $marks.password
        try { $text += Get-AllText { Connect-Entra -Environment Sim -EnvironmentVariable } } finally { $env:AZURE_CLIENT_CERTIFICATE_PASSWORD = $null }
        Find-Mark $text | Should -BeNullOrEmpty
    }
    It 'come out nowhere after a good sign-in: the token that the service gave' {
        $reply = '{"token_type":"Bearer","expires_in":3599,"access_token":"' + $token + '"}'
        $ways = @(
            { Add-Fault @{ host = 'login'; path = '/token'; status = 200; body = $reply }; Connect-Entra @common -ClientSecretCredential $credential }
            { Get-EntraContext }
            { Disconnect-Entra }
        )
        Find-Mark (Get-AllText $ways) | Should -BeNullOrEmpty
    }
    It 'is a search that would find them' {
        Find-Mark (Get-AllText { Write-Error "it was $($marks.secret)" }) | Should -Be 'secret leaked'
    }
}
