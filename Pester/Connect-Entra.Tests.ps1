BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    $app = @{ Environment = 'Sim'; TenantId = $sim.tenant; ClientId = $sim.app; NoWelcome = $true; ErrorAction = 'Stop' }

    function Get-AssertionHeader {
        $assertion = (Get-Journal login /token)[-1].form.client_assertion
        $text = $assertion.Split('.')[0].Replace('-', '+').Replace('_', '/')
        [Text.Encoding]::UTF8.GetString([Convert]::FromBase64String($text.PadRight($text.Length + (4 - $text.Length % 4) % 4, '='))) | ConvertFrom-Json
    }
    # A client assertion as an identity provider of somebody's own would sign it.
    function New-Assertion {
        $part = { param($Bytes) [Convert]::ToBase64String($Bytes).TrimEnd('=').Replace('+', '-').Replace('/', '_') }
        $certificate = Get-SimCertificate
        $sha = [Security.Cryptography.SHA256]::Create()
        $now = [DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
        $header = @{ alg = 'PS256'; typ = 'JWT'; 'x5t#S256' = (& $part $sha.ComputeHash($certificate.RawData)) }
        $claims = @{ aud = "$($sim.login)/$($sim.tenant)/oauth2/v2.0/token"; iss = $sim.app; sub = $sim.app; jti = [guid]::NewGuid(); nbf = $now - 10; exp = $now + 600 }
        $text = ($header, $claims | ForEach-Object { & $part ([Text.Encoding]::UTF8.GetBytes((ConvertTo-Json $_ -Compress))) }) -join '.'
        $key = & (Get-Module ConnectEntra) { param($Certificate) Get-RsaKey $Certificate } $certificate
        "$text.$(& $part $key.SignData([Text.Encoding]::ASCII.GetBytes($text), [Security.Cryptography.HashAlgorithmName]::SHA256, [Security.Cryptography.RSASignaturePadding]::Pss))"
    }
    function Reset-Session {
        Clear-Fault
        Disconnect-Entra -ErrorAction SilentlyContinue | Out-Null
        foreach ($name in 'TENANT_ID', 'CLIENT_ID', 'CLIENT_SECRET', 'CLIENT_CERTIFICATE_PATH', 'CLIENT_CERTIFICATE_PASSWORD', 'CLIENT_SEND_CERTIFICATE_CHAIN') {
            [Environment]::SetEnvironmentVariable("AZURE_$name", $null)
        }
        Clear-Journal
    }
}
AfterAll { Stop-Sim }

Describe 'Connect-Entra with a secret' {
    AfterEach { Reset-Session }
    It 'sends one token request and shows who is connected' {
        Connect-Sim -ErrorAction Stop
        $asked = Get-Journal login /token
        $asked.Count | Should -Be 1
        $asked[0].form.grant_type | Should -Be 'client_credentials'
        $asked[0].form.scope | Should -Be "$($sim.graph)/.default"
        $context = Get-EntraContext
        $context.ClientId | Should -Be $sim.app
        $context.TenantId | Should -Be $sim.tenant
        $context.AuthType | Should -Be 'AppOnly'
        $context.TokenCredentialType | Should -Be 'ClientSecret'
        $context.ContextScope | Should -Be 'Process'
        $context.AppName | Should -Be $sim.app_name
        $context.ClientSecret.Length | Should -Be $sim.secret.Length
    }
    It 'takes its parameters by their aliases: <Alias>' -ForEach @(
        @{ Alias = 'Tenant' }, @{ Alias = 'Audience' }
    ) {
        $parameters = @{ $Alias = $sim.tenant; Credential = New-AppCredential; NationalCloud = 'sim' }
        Connect-MgGraph @parameters -NoWelcome -ErrorAction Stop
        (Get-EntraContext).Environment | Should -Be 'Sim'
    }
    It 'puts no object on the output, and the welcome text where the host shows it' {
        $said = Get-Said { Connect-Entra -Environment Sim -TenantId $sim.tenant -ClientSecretCredential (New-AppCredential) }
        $said.Output | Should -BeNullOrEmpty
        $said.Information.Count | Should -Be 1
        $said.Information[0] | Should -BeLike "Welcome to Microsoft Graph!*Connected via apponly access using $($sim.app)*-NoWelcome*"
    }
    It 'never answers a wrong secret from memory' {
        Connect-Sim -ErrorAction Stop
        { Connect-Entra -Environment Sim -TenantId $sim.tenant -ClientSecretCredential (New-AppCredential 'a-wrong-one') -ErrorAction Stop } | Should -Throw '*7000215*'
        (Get-EntraContext).ClientId | Should -Be $sim.app
    }
    It 'keeps -ClientTimeout for later requests' {
        Connect-Sim -ClientTimeout 77 -ErrorAction Stop
        (Get-EntraRequestContext).ClientTimeout | Should -Be ([timespan]::FromSeconds(77))
        $null = Set-EntraRequestContext -ClientTimeout 300
    }
    It 'prepares the first request while it waits: once, unseen, and without harm' {
        $module = Get-Module ConnectEntra
        $prepare = & $module { $script:FirstRequest }
        try {
            & $module { $script:Ran = 0; $script:FirstRequest = { $script:Ran++; 'an output'; throw 'a failure' }, { $script:Ran++ } }
            Add-Fault @{ path = '/token'; delay_ms = 300 }
            (Get-Said { Connect-Sim -ErrorAction Stop }).Output | Should -BeNullOrEmpty
            Connect-Sim -ErrorAction Stop
            & $module { $script:Ran } | Should -Be 2
            (Get-EntraContext).ClientId | Should -Be $sim.app
        } finally { & $module { param($Block) $script:FirstRequest = $Block } $prepare }
    }
    It 'takes [ContextScope]::Process' {
        Connect-Sim -ContextScope ([ContextScope]::Process) -ErrorAction Stop
        (Get-EntraContext).ContextScope | Should -Be 'Process'
    }
}

Describe 'Connect-Entra with a certificate' {
    AfterEach { Reset-Session }
    It 'takes an object, and shows it in the context' {
        $certificate = Get-SimCertificate
        Connect-Entra @app -Certificate $certificate
        (Get-AssertionHeader).alg | Should -Be 'PS256'
        (Get-EntraContext).Certificate.Thumbprint | Should -Be $certificate.Thumbprint
        (Get-EntraContext).TokenCredentialType | Should -Be 'ClientCertificate'
    }
    It 'finds it in the store by thumbprint, whatever blanks and marks are around it' {
        $thumbprint = (Add-StoreCertificate app).Thumbprint
        Connect-Entra @app -CertificateThumbprint "$([char]0x200E) $($thumbprint.ToLowerInvariant()) "
        (Get-EntraContext).ClientId | Should -Be $sim.app
        (Get-EntraContext).Certificate | Should -BeNullOrEmpty
    }
    It 'finds it in the store by the whole subject name' {
        $subject = (Add-StoreCertificate app).Subject
        Connect-Entra @app -CertificateName $subject
        (Get-EntraContext).CertificateSubjectName | Should -Be $subject
    }
    It 'sends the certificate itself with -SendCertificateChain' {
        Connect-Entra @app -Certificate (Get-SimCertificate) -SendCertificateChain $true
        (Get-AssertionHeader).x5c | Should -Not -BeNullOrEmpty
        $null = Disconnect-Entra
        Connect-Entra @app -Certificate (Get-SimCertificate) -SendCertificateChain $false
        (Get-AssertionHeader).psobject.Properties.Name | Should -Not -Contain 'x5c'
    }
    It 'reads a file: <File>' -ForEach @(
        @{ File = 'app.pem'; Password = $false }, @{ File = 'app-pkcs1.pem'; Password = $false }, @{ File = 'app-nopassword.pfx'; Password = $false }
        @{ File = 'app.pfx'; Password = $true }, @{ File = 'app-encrypted.pem'; Password = $true }, @{ File = 'app-legacy.pfx'; Password = $true }
    ) {
        $more = @{}
        if ($Password) { $more.CertificatePassword = ConvertTo-Secret $sim.certificate_password }
        Connect-Entra @app @more -CertificatePath ([IO.Path]::Combine($sim.dir, $File))
        (Get-EntraContext).TokenCredentialType | Should -Be 'ClientCertificate'
    }
    It 'reads a file beside the folder of the session, not of the process' {
        Push-Location $sim.dir
        try { Connect-Entra @app -CertificatePath ./app.pem } finally { Pop-Location }
        (Get-EntraContext).ClientId | Should -Be $sim.app
    }
}

Describe 'Connect-Entra with an assertion' {
    AfterEach { Reset-Session }
    It 'takes it as text, as a SecureString and from a script block' {
        Connect-Entra @app -ClientAssertion (New-Assertion)
        Connect-Entra @app -ClientAssertion (ConvertTo-Secret (New-Assertion))
        $script:Made = New-Assertion
        $env:CE_TEST_ASSERTION = $script:Made
        try { Connect-Entra @app -ClientAssertion { $env:CE_TEST_ASSERTION } } finally { $env:CE_TEST_ASSERTION = $null }
        (Get-Journal login /token)[-1].form.client_assertion | Should -Be $script:Made
    }
    It 'says what the script block said when it fails' {
        { Connect-Entra @app -ClientAssertion { Get-Item /no/such/folder -ErrorAction Stop } } | Should -Throw '*no*such*folder*'
    }
}

Describe 'Connect-Entra with an access token' {
    AfterEach { Reset-Session }
    It 'takes it as it is and asks nobody' {
        Connect-Entra -Environment Sim -AccessToken (ConvertTo-Secret (New-Token)) -NoWelcome -ErrorAction Stop
        $context = Get-EntraContext
        $context.AuthType | Should -Be 'UserProvidedAccessToken'
        $context.Scopes | Should -Be 'User.Read', 'Mail.Read'
        Get-Journal login | Should -BeNullOrEmpty
    }
    It 'takes it in first position' {
        Connect-Entra (ConvertTo-Secret (New-Token)) -NoWelcome -ErrorAction Stop
        (Get-EntraContext).Environment | Should -Be 'Global'
    }
}

Describe 'Connect-Entra with environment variables' {
    AfterEach { Reset-Session }
    It 'reads what the session has set: a secret' {
        $env:AZURE_TENANT_ID, $env:AZURE_CLIENT_ID, $env:AZURE_CLIENT_SECRET = $sim.tenant, $sim.app, $sim.secret
        Connect-Entra -EnvironmentVariable -Environment Sim -NoWelcome -ErrorAction Stop
        (Get-EntraContext).AuthType | Should -Be 'EnvironmentVariable'
        (Get-Journal login /token)[0].form.client_secret | Should -Be $sim.secret
    }
    It 'reads a certificate file with its password and sends the chain when told' {
        $env:AZURE_TENANT_ID, $env:AZURE_CLIENT_ID, $env:AZURE_CLIENT_CERTIFICATE_PATH = $sim.tenant, $sim.app, $sim.pfx
        $env:AZURE_CLIENT_CERTIFICATE_PASSWORD, $env:AZURE_CLIENT_SEND_CERTIFICATE_CHAIN = $sim.certificate_password, 'true'
        Connect-Entra -EnvironmentVariable -Environment Sim -NoWelcome -ErrorAction Stop
        (Get-AssertionHeader).x5c | Should -Not -BeNullOrEmpty
    }
    It 'no longer sees what the session has taken away' {
        $env:AZURE_TENANT_ID, $env:AZURE_CLIENT_ID, $env:AZURE_CLIENT_SECRET = $sim.tenant, $sim.app, $sim.secret
        $env:AZURE_CLIENT_SECRET = $null
        { Connect-Entra -EnvironmentVariable -Environment Sim -NoWelcome -ErrorAction Stop } |
            Should -Throw 'EnvironmentCredential authentication unavailable. Environment variables are not fully configured*'
    }
}

Describe 'Connect-Entra with a managed identity' {
    AfterEach { Reset-Session; $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $null }
    It 'asks the machine''s endpoint and shows the identity' {
        $env:AZURE_POD_IDENTITY_AUTHORITY_HOST = $sim.identity
        Connect-MgGraph -MSI -Environment Sim -NoWelcome -ErrorAction Stop
        $context = Get-EntraContext
        $context.AuthType | Should -Be 'ManagedIdentity'
        $context.ManagedIdentityId | Should -Be 'MSI@50342'
        (Get-Journal identity).Count | Should -Be 1
    }
}

Describe 'Completion' {
    AfterEach { Reset-Session }
    It 'offers the clouds, built in and of one''s own, by every name of the command' {
        (TabExpansion2 'Connect-MgGraph -Environment ' 29).CompletionMatches.CompletionText | Should -Contain 'Sim'
        (TabExpansion2 'Connect-Entra -Environment us' 29).CompletionMatches.CompletionText | Sort-Object | Should -Be 'USGov', 'USGovDoD'
        (TabExpansion2 'Connect-Entra -ContextScope ' 28).CompletionMatches.CompletionText | Sort-Object | Should -Be 'CurrentUser', 'Process'
    }
}
