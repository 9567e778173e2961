BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    . ([IO.Path]::Combine($PSScriptRoot, 'Person.ps1'))
    $sim = Start-Sim
    $person = @{ Environment = 'Sim'; UseDeviceCode = $true; NoWelcome = $true }

    # The person enters every code that waits, until disposed of.
    function Start-Typist {
        param([bool] $Decline = $false, [string] $Login = $sim.adele)
        $shell = [powershell]::Create().AddScript({
                param($Control, $Login, $Decline)
                while ($true) {
                    foreach ($code in @(Invoke-RestMethod "$Control/device" | ForEach-Object { $_.user_code })) {
                        # One of an earlier test may have expired.
                        $body = ConvertTo-Json @{ user_code = $code; login = $Login; decline = $Decline }
                        try { $null = Invoke-RestMethod "$Control/device" -Method POST -Body $body } catch { continue }
                    }
                    Start-Sleep -Milliseconds 50
                }
            }).AddArgument($sim.control).AddArgument($Login).AddArgument($Decline)
        $null = $shell.BeginInvoke()
        $shell
    }
}
AfterAll { Stop-Sim }

Describe 'Connect-Entra -UseDeviceCode' {
    BeforeEach { Clear-Person }
    AfterEach { if ($typist) { $typist.Dispose(); $typist = $null } }
    It 'shows the code to the person even where the output is assigned, and connects' {
        $typist = Start-Typist
        $said = Get-Said { $script:caught = Connect-Entra @person -TenantId $sim.tenant }
        $said.Error | Should -BeNullOrEmpty
        $script:caught | Should -BeNullOrEmpty
        $said.Information.Count | Should -Be 1
        $said.Information[0] | Should -Match '^To sign in, use a web browser to open the page https://localhost:\d+/devicelogin and enter the code [A-Z2-9]{9} to authenticate\.$'
        $context = Get-EntraContext
        $context.AuthType | Should -Be 'Delegated'
        $context.TokenCredentialType | Should -Be 'DeviceCode'
        $context.Account | Should -Be $sim.adele
        $context.TenantId | Should -Be $sim.tenant
        $context.ClientId | Should -Be $sim.public_app
        $context.Scopes | Should -Contain 'User.Read'
    }
    It 'asks for User.Read at common where nothing is said' {
        $typist = Start-Typist
        Connect-Entra @person -ErrorAction Stop 6>$null
        $asked = @(Get-Journal login /devicecode)[0]
        $asked.path | Should -BeLike '/common/*'
        $asked.form.scope | Should -Be 'User.Read openid profile offline_access'
        $asked.form.claims | Should -BeLike '*cp1*'
    }
    It 'does not ask again, and asks when the person has signed out' {
        $typist = Start-Typist
        Connect-Entra @person -ErrorAction Stop 6>$null
        Clear-Journal
        (Get-Said { Connect-Entra @person }).Information | Should -BeNullOrEmpty
        Get-Journal login /devicecode | Should -BeNullOrEmpty
        $null = Disconnect-Entra
        $typist.Dispose(); $typist = Start-Typist
        (Get-Said { Connect-Entra @person }).Information.Count | Should -Be 1
    }
    It 'says in plain words that it was declined, and keeps the connection that was there' {
        Connect-Sim -ErrorAction Stop
        $typist = Start-Typist $true
        $failure = { Connect-Entra @person -ErrorAction Stop 6>$null } | Should -Throw -PassThru
        $failure.FullyQualifiedErrorId | Should -BeLike 'SignInDeclined,*'
        $failure.Exception.Message | Should -BeLike '*cancelled*'
        (Get-EntraContext).AuthType | Should -Be 'AppOnly'
    }
    It 'says when the code has expired' {
        $null = Invoke-Sim POST settings @{ device_lifetime = 1 }
        $failure = { Connect-Entra @person -ErrorAction Stop 6>$null } | Should -Throw -PassThru
        $failure.FullyQualifiedErrorId | Should -BeLike 'DeviceCodeExpired,*'
        $failure.CategoryInfo.Category | Should -Be 'OperationTimeout'
    }
    It 'names the way out where a policy forbids codes (<_>)' -ForEach 53003, 530036 {
        $null = Invoke-Sim POST refuse @{ grant = 'device_code'; code = $_ }
        $failure = { Connect-Entra @person -ErrorAction Stop 6>$null } | Should -Throw -PassThru
        $failure.FullyQualifiedErrorId | Should -BeLike 'DeviceCodeBlocked,*'
        $failure.Exception.Message | Should -BeLike "*AADSTS$_*"
        $failure.ErrorDetails.RecommendedAction | Should -BeLike '*without -UseDeviceCode*'
    }
    It 'takes the app from the session''s variable where none is named' {
        $env:CONNECT_ENTRA_CLIENT_ID = '99990000-aaaa-bbbb-cccc-dddd00000000'
        { Connect-Entra @person -ErrorAction Stop 6>$null } | Should -Throw '*700016*'
        @(Get-Journal login /devicecode)[0].form.client_id | Should -Be $env:CONNECT_ENTRA_CLIENT_ID
    }
    It 'shows requested beside granted scopes' {
        $typist = Start-Typist
        Connect-Entra @person -Scopes 'Mail.Read, User.Read' -ErrorAction Stop 6>$null
        $test = Test-EntraConnection
        $test.RequestedScopes | Should -Be 'Mail.Read', 'User.Read'
        $test.GrantedScopes | Should -Contain 'Mail.Read'
        $test.Account | Should -Be $sim.adele
    }
    It 'connects a personal account, whose token nobody can read' {
        $typist = Start-Typist $false $sim.pat
        Connect-Entra @person -TenantId consumers -ErrorAction Stop 6>$null
        $context = Get-EntraContext
        $context.Account | Should -Be $sim.pat
        $context.Scopes | Should -BeNullOrEmpty
    }
    It 'refuses a -Prompt that no page knows' {
        { Connect-Entra -Environment Sim -Prompt always } | Should -Throw '*always*'
    }
}
