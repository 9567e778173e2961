# Each kind of failure: its id, its category, whether it ends the command, and what its message names.
BeforeDiscovery {
    $checks = @(
        @{ Title = 'no certificate at all'; Id = 'CertificateMissing'; Text = "Must specify 'CertificateThumbprint or CertificateSubjectName or Certificate'."; Do = { Connect-Entra -ClientId $sim.app -CertificateThumbprint '' -TenantId $sim.tenant } }
        @{ Title = 'a certificate that is null'; Id = 'CertificateMissing'; Text = "Must specify 'CertificateThumbprint or CertificateSubjectName or Certificate'."; Do = { Connect-Entra -ClientId $sim.app -Certificate $null -TenantId $sim.tenant } }
        @{ Title = 'a thumbprint of the wrong length, before the tenant is missed'; Id = 'ThumbprintLength'; Text = "'CertificateThumbprint' must have a length of 40.*"; Do = { Connect-Entra -ClientId $sim.app -CertificateThumbprint ABC } }
        @{ Title = 'a certificate without a tenant'; Id = 'TenantIdMissing'; Text = "Must specify 'TenantId'."; Do = { Connect-Entra -ClientId $sim.app -CertificateThumbprint ('AA' * 20) } }
        @{ Title = 'an empty access token'; Id = 'AccessTokenMissing'; Text = "Must specify 'AccessToken'."; Do = { Connect-Entra -AccessToken ([securestring]::new()) } }
        @{ Title = 'an unknown environment'; Id = 'InvalidOperation'; Category = 'InvalidOperation'; Text = "Unable to find environment with name 'Nowhere'.*"; Do = { Connect-Entra -Environment Nowhere } }
        @{ Title = 'a timeout of nothing'; Id = 'ParameterArgumentValidationError'; Category = 'InvalidData'; Text = '*ClientTimeout*'; Do = { Connect-Entra -Environment Sim -AccessToken (ConvertTo-Secret 'x') -ClientTimeout 0 } }
        @{ Title = 'a timeout that is no number'; Id = 'ParameterArgumentValidationError'; Category = 'InvalidData'; Text = '*ClientTimeout*'; Do = { Connect-Entra -Environment Sim -AccessToken (ConvertTo-Secret 'x') -ClientTimeout ([double]::NaN) } }
        @{ Title = 'a NUL in a value'; Id = 'InvalidCharacter'; Text = "*'TenantId'*NUL*"; Do = { Connect-Entra -Environment Sim -TenantId "a$([char]0)Environment=Global" -UseDeviceCode } }
    )
    $refusals = @(
        @{ Code = 7000215; Do = { Connect-Entra @sign -ClientSecretCredential (New-AppCredential 'a-wrong-one') } }
        @{ Code = 7000222; Do = { Connect-Entra @sign -ClientSecretCredential (New-AppCredential $sim.expired_secret) } }
        @{ Code = 700016; Do = { Connect-Entra @sign -ClientSecretCredential (New-AppCredential $sim.secret '77777777-7777-7777-7777-777777777777') } }
        @{ Code = 90002; Do = { Connect-Entra -Environment Sim -TenantId '99999999-9999-9999-9999-999999999999' -ClientSecretCredential (New-AppCredential) } }
        @{ Code = 700027; Do = { Connect-Entra @sign -ClientId $sim.app -Certificate (Get-SimCertificate stranger) } }
    )
    $failures = @(
        @{ Title = 'a secret without a tenant'; Text = '*tenant*'; Do = { Connect-Entra -Environment Sim -ClientSecretCredential (New-AppCredential) } }
        @{ Title = 'an empty tenant'; Text = '*tenant*'; Do = { Connect-Entra -Environment Sim -TenantId '' -ClientSecretCredential (New-AppCredential) } }
        @{ Title = 'a tenant with blanks'; Text = '*tenant*'; Do = { Connect-Entra -Environment Sim -TenantId 'not a tenant!' -ClientSecretCredential (New-AppCredential) } }
        @{ Title = 'a tenant with a slash'; Text = '*tenant*'; Do = { Connect-Entra -Environment Sim -TenantId 'contoso/../common' -ClientSecretCredential (New-AppCredential) } }
        @{ Title = 'a credential that is null'; Text = '*'; Do = { Connect-Entra @sign -ClientSecretCredential $null } }
        @{ Title = 'a token that looks like a JWT and is none'; Text = 'Invalid JWT access token.*'; Do = { Connect-Entra -AccessToken (ConvertTo-Secret 'eyJhbGciOiJub25lIn0.!!!.x') } }
        @{ Title = 'a token that has expired'; Text = 'The provided access token has expired.*'; Do = { Connect-Entra -AccessToken (ConvertTo-Secret (New-Token @{} -5)) } }
        @{ Title = 'a token with four minutes left'; Text = 'The provided access token has expired.*'; Do = { Connect-Entra -AccessToken (ConvertTo-Secret (New-Token @{} 4)) } }
        @{ Title = 'variables that are not complete'; Text = 'EnvironmentCredential authentication unavailable. Environment variables are not fully configured*'; Do = { Connect-Entra -Environment Sim -EnvironmentVariable } }
    )
    $network = @(
        @{ Title = 'an HTML page instead of JSON'; Fault = @{ html = $true; status = 200 }; Text = '*localhost*' }
        @{ Title = 'garbage'; Fault = @{ garbage = $true; status = 200 }; Text = '*localhost*' }
        @{ Title = 'a body that ends in the middle'; Fault = @{ cut = 20; times = 0 }; Text = '*localhost*' }
        @{ Title = 'a body of 10 MB'; Fault = @{ big = 10485760; status = 200 }; Text = '*localhost*' }
        @{ Title = 'an answer without a token'; Fault = @{ without = @('access_token') }; Text = '*without an access token*' }
        @{ Title = 'a service that is down'; Fault = @{ status = 503; times = 0; headers = @{ 'Retry-After' = '0' } }; Text = '*503*' }
        @{ Title = 'a service that throttles'; Fault = @{ status = 429; times = 0; headers = @{ 'Retry-After' = '0' } }; Text = '*429*' }
    )
}
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    $sign = @{ Environment = 'Sim'; TenantId = $sim.tenant }

    # Runs silenced: what ends the command even so is terminating.
    function Get-Failure {
        param([scriptblock] $Script)
        $said = Get-Said $Script
        if ($said.Terminating) { @{ Record = $said.Terminating; Terminating = $true } }
        elseif ($said.Error.Count) { @{ Record = $said.Error[0]; Terminating = $false; Count = $said.Error.Count } }
    }
}
AfterAll { Stop-Sim }

Describe 'Checks end the command before anybody is asked' {
    AfterEach { Clear-Fault }
    It '<Title>' -ForEach $checks {
        Clear-Journal
        $failure = Get-Failure { $ErrorActionPreference = 'SilentlyContinue'; & $Do }
        $failure.Terminating | Should -BeTrue
        $failure.Record.FullyQualifiedErrorId | Should -Be "$Id,Connect-Entra"
        $wanted = if ($Category) { $Category } else { 'InvalidArgument' }
        $failure.Record.CategoryInfo.Category | Should -Be $wanted
        $failure.Record.Exception.Message | Should -BeLike $Text
        Get-Journal login | Should -BeNullOrEmpty
    }
}

Describe 'Refusals of the sign-in service do not end the script' {
    AfterEach { Clear-Fault }
    It 'AADSTS<Code>' -ForEach $refusals {
        $failure = Get-Failure $Do
        $failure.Terminating | Should -BeFalse
        $failure.Count | Should -Be 1
        $failure.Record.CategoryInfo.Category | Should -Be 'AuthenticationError'
        $failure.Record.FullyQualifiedErrorId | Should -Match '^[A-Z][A-Za-z]+,Connect-Entra$'
        $failure.Record.Exception | Should -BeOfType 'System.Security.Authentication.AuthenticationException'
        $failure.Record.Exception.Message | Should -BeLike "*AADSTS$Code*"
        $failure.Record.Exception.Code | Should -Be $Code
        $failure.Record.Exception.StatusCode | Should -BeIn 400, 401
        $failure.Record.Exception.CorrelationId | Should -Not -BeNullOrEmpty
        $failure.Record.ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
        $failure.Record.ErrorDetails.Message | Should -Be $failure.Record.Exception.Message
        $failure.Record.TargetObject | Should -BeNullOrEmpty
    }
}

Describe 'Sign-ins that cannot be do not end the script' {
    AfterEach { Clear-Fault }
    It '<Title>' -ForEach $failures {
        Clear-Journal
        $failure = Get-Failure $Do
        $failure.Terminating | Should -BeFalse
        $failure.Record.FullyQualifiedErrorId | Should -Match '^[A-Z][A-Za-z]+,Connect-Entra$'
        $failure.Record.Exception.Message | Should -BeLike $Text
        Get-Journal login /token | Should -BeNullOrEmpty
    }
}

Describe 'What comes back is not what a sign-in service says' {
    AfterEach { Clear-Fault }
    It '<Title>' -ForEach $network {
        Add-Fault (@{ host = 'login'; path = '/token' } + $Fault)
        $failure = Get-Failure { Connect-Entra @sign -ClientSecretCredential (New-AppCredential) }
        $failure.Terminating | Should -BeFalse
        $failure.Record.Exception.Message | Should -BeLike $Text
        $failure.Record.Exception.Message.Length | Should -BeLessThan 1000
    }
    It 'is tried again after the time that the service asks for: <_>' -ForEach 429, 503 {
        Clear-Journal
        Add-Fault @{ host = 'login'; path = '/token'; status = $_; headers = @{ 'Retry-After' = '1' } }
        Connect-Sim -ErrorAction Stop
        @((Get-Journal login /token).status) | Should -Be $_, 200
        $null = Disconnect-Entra
    }
}

Describe 'The way to the service' {
    AfterEach { Clear-Fault }
    It 'has nobody at the other end' {
        $free = [Net.Sockets.TcpListener]::new([Net.IPAddress]::Loopback, 0); $free.Start()
        $address = "https://localhost:$($free.LocalEndpoint.Port)"; $free.Stop()
        $null = Add-EntraEnvironment Gone $address $address
        $failure = Get-Failure { Connect-Entra -Environment Gone -TenantId $sim.tenant -ClientSecretCredential (New-AppCredential) }
        $failure.Terminating | Should -BeFalse
        $failure.Record.Exception.Message | Should -BeLike '*localhost*could not be reached*'
        $null = Remove-EntraEnvironment Gone
    }
    It 'has a host whose certificate is not trusted: the message names host and issuer' {
        $null = Add-EntraEnvironment Stranger $sim.untrusted $sim.untrusted
        $failure = Get-Failure { Connect-Entra -Environment Stranger -TenantId $sim.tenant -ClientSecretCredential (New-AppCredential) }
        $failure.Terminating | Should -BeFalse
        $failure.Record.Exception.Message | Should -BeLike '*localhost*issued by*not trusted*'
        $null = Remove-EntraEnvironment Stranger
    }
    It 'leads through a proxy that refuses' {
        $null = Invoke-RestMethod -Method Post -Uri "$($sim.control)/proxy" -Body '"refuse"'
        $env:HTTPS_PROXY = $sim.proxy
        try { $failure = Get-Failure { Connect-Entra -TenantId $sim.tenant -ClientSecretCredential (New-AppCredential) } }
        finally { $env:HTTPS_PROXY = $null }
        $failure.Terminating | Should -BeFalse
        $failure.Record.Exception.Message | Should -BeLike '*proxy*login.microsoftonline.com*'
    }
    It 'leads through a proxy that lets it pass, to a built-in cloud' {
        $null = Invoke-RestMethod -Method Post -Uri "$($sim.control)/proxy" -Body '"open"'
        $env:HTTPS_PROXY = $sim.proxy
        try { Connect-Entra -TenantId $sim.tenant -ClientSecretCredential (New-AppCredential) -NoWelcome -ErrorAction Stop }
        finally { $env:HTTPS_PROXY = $null }
        (Disconnect-Entra).Environment | Should -Be 'Global'
    }
}

Describe 'A clock that is off by an hour' {
    AfterEach { Clear-Fault }
    It 'is told from a wrong certificate: <_> s' -ForEach 3600, -3600 {
        $null = Invoke-Sim POST clock @{ offset = [int]$_ }
        try { $failure = Get-Failure { Connect-Entra @sign -ClientId $sim.app -Certificate (Get-SimCertificate) } }
        finally { $null = Invoke-Sim POST clock @{ offset = 0 } }
        $failure.Record.Exception.Code | Should -Be 700024
        $failure.Record.ErrorDetails.RecommendedAction | Should -BeLike '*clock*'
    }
}

Describe 'A certificate that cannot be used' {
    AfterEach { Clear-Fault }
    BeforeAll {
        $certificate = @{ ClientId = $sim.app } + $sign
        $texts = @{}
    }
    It 'is not found' {
        $failure = Get-Failure { Connect-Entra @certificate -CertificateThumbprint ('AA' * 20) }
        $failure.Terminating | Should -BeFalse
        $failure.Record.Exception.Message | Should -BeLike "*$('AA' * 20)*not found*"
        $texts.NotFound = $failure.Record.Exception.Message
    }
    It 'is not found by a piece of its subject' {
        $subject = (Add-StoreCertificate app).Subject
        (Get-Failure { Connect-Entra @certificate -CertificateSubjectName ($subject -replace '^CN=') }).Record.Exception.Message | Should -BeLike '*not found*'
    }
    It 'has expired, or is not valid yet' {
        $expired = (Add-StoreCertificate expired).Thumbprint
        $failure = Get-Failure { Connect-Entra @certificate -CertificateThumbprint $expired }
        $failure.Terminating | Should -BeFalse
        $failure.Record.Exception.Message | Should -Match 'expired.* it is valid from \d{4}-\d\d-\d\d to \d{4}-\d\d-\d\d\.'
        $texts.Expired = $failure.Record.Exception.Message
        $future = (Add-StoreCertificate future).Thumbprint
        (Get-Failure { Connect-Entra @certificate -CertificateThumbprint $future }).Record.FullyQualifiedErrorId | Should -Be $failure.Record.FullyQualifiedErrorId
    }
    It 'has no private key' {
        $public = [Security.Cryptography.X509Certificates.X509Certificate2]::new((Get-SimCertificate app).RawData)
        $failure = Get-Failure { Connect-Entra @certificate -Certificate $public }
        $failure.Terminating | Should -BeFalse
        $failure.Record.Exception.Message | Should -BeLike '*private key*'
        $texts.NoKey = $failure.Record.Exception.Message
    }
    It 'has a private key that cannot be read' {
        # The answer of the module, with a look at the key that fails as a card without its reader does.
        & (Get-Module ConnectEntra) { $script:Kept = ${function:Get-RsaKey}; ${function:script:Get-RsaKey} = { $null = [Convert]::FromBase64String('!') } }
        try { $failure = Get-Failure { Connect-Entra @certificate -Certificate (Get-SimCertificate app) } }
        finally { & (Get-Module ConnectEntra) { ${function:script:Get-RsaKey} = $script:Kept } }
        $failure.Terminating | Should -BeFalse
        $failure.Record.Exception.Message | Should -BeLike '*key*'
        $texts.Unreadable = $failure.Record.Exception.Message
    }
    It 'has four different messages for these' {
        @($texts.Values | Sort-Object -Unique).Count | Should -Be 4
    }
    It 'has an elliptic key' {
        Skip-OnWine 'NCryptImportKey for elliptic keys'
        $failure = Get-Failure { Connect-Entra @certificate -Certificate (Get-SimCertificate ec) }
        $failure.Record.Exception.Message | Should -BeLike '*RSA*'
    }
    It 'is taken as an object though it has expired' {
        # The sign-in service has the last word about it.
        (Get-Failure { Connect-Entra @certificate -Certificate (Get-SimCertificate expired) }).Record.Exception.Code | Should -Be 700027
    }
    It 'lies in a file that is not there, is broken, has another password or no key: <File>' -ForEach @(
        @{ File = 'no-such.pem' }, @{ File = 'broken.pfx' }, @{ File = 'app.pfx' }, @{ File = 'app-nokey.pem' }
    ) {
        $failure = Get-Failure { Connect-Entra @certificate -CertificatePath ([IO.Path]::Combine($sim.dir, $File)) -CertificatePassword (ConvertTo-Secret 'another') }
        $failure.Terminating | Should -BeFalse
        $failure.Record.Exception.Message | Should -BeLike "*$File*"
    }
}

Describe 'Binding' {
    AfterEach { Clear-Fault }
    It 'fails as the original''s does: <Id>' -ForEach @(
        @{ Id = 'AmbiguousParameterSet'; Do = { Connect-Entra -Scopes User.Read -AccessToken (ConvertTo-Secret x) } }
        @{ Id = 'AmbiguousParameterSet'; Do = { Connect-Entra -EnvironmentVariable -TenantId x } }
        @{ Id = 'NamedParameterNotFound'; Do = { Connect-MgGraph -Nonsense 1 } }
        @{ Id = 'AmbiguousParameter'; Do = { Connect-Entra -Cert x } }
        @{ Id = 'ParameterAlreadyBound'; Do = { Connect-Entra -TenantId a -Tenant b } }
        @{ Id = 'ParameterArgumentTransformationError'; Do = { Connect-Entra -ContextScope Sometimes } }
        @{ Id = 'ParameterArgumentTransformationError'; Do = { Connect-Entra -ClientTimeout soon } }
        @{ Id = 'ParameterArgumentTransformationError'; Do = { Connect-Entra -AccessToken 'plain text' } }
        @{ Id = 'ParameterArgumentValidationError'; Do = { Connect-Entra -Environment '' } }
        @{ Id = 'ParameterArgumentValidationErrorEmptyStringNotAllowed'; Do = { Connect-Entra -ClientId '' -CertificateThumbprint x } }
    ) {
        (Get-Failure $Do).Record.FullyQualifiedErrorId | Should -Be "$Id,Connect-Entra"
    }
}
