BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    $null = Invoke-Sim POST settings @{ device_interval = 1 }

    # Runs a script in a session of its own, while this person enters every code that it shows.
    function Invoke-OtherSession {
        param([string] $Script, [string] $Login = $sim.adele, [string] $Encoding = 'utf-8')
        $before = "[Console]::OutputEncoding = [Text.Encoding]::GetEncoding('$Encoding'); Import-Module '$script:Manifest'; `$person = @{ Environment = 'Sim'; UseDeviceCode = `$true; NoWelcome = `$true }; "
        $encoded = [Convert]::ToBase64String([Text.Encoding]::Unicode.GetBytes($before + $Script))
        $start = [Diagnostics.ProcessStartInfo]::new($script:PowerShell, "-NoProfile -NonInteractive -OutputFormat Text -EncodedCommand $encoded")
        $start.UseShellExecute = $false
        $start.RedirectStandardOutput = $true
        $start.StandardOutputEncoding = [Text.Encoding]::GetEncoding($Encoding)
        $process = [Diagnostics.Process]::Start($start)
        $output = $process.StandardOutput.ReadToEndAsync()
        while (-not $output.Wait(50)) {
            foreach ($code in @(Invoke-Sim GET device | ForEach-Object { $_ })) {
                $null = Invoke-Sim POST device @{ user_code = $code.user_code; login = $Login; decline = $false }
            }
        }
        $process.WaitForExit()
        $output.Result.Trim() -split '\r?\n'
    }
    # A store that outlives the process is there on any Windows, and on Linux where the kernel keeps keys for us.
    $kept = @(Invoke-OtherSession 'Connect-Entra @person 3>$null 6>$null; "$((Get-EntraContext).ContextScope)"')[-1]
}
AfterAll { Stop-Sim }

Describe 'A sign-in that is kept' {
    BeforeEach {
        if ($kept -ne 'CurrentUser') { Skip-Case 'this machine has no store for sign-ins' }
        Clear-Journal
    }
    It 'is taken up by the next session without asking, and shown by Test-EntraConnection' {
        $said = Invoke-OtherSession 'Connect-Entra @person 3>$null; (Get-EntraContext).Account; (Test-EntraConnection).KeptIn'
        $said[0] | Should -Be $sim.adele
        $said[1] | Should -BeLike "the file '*sign-ins.*"
        Get-Journal login | Should -BeNullOrEmpty
    }
    It 'is not taken up where only this process is wanted' {
        $said = Invoke-OtherSession 'Connect-Entra @person -ContextScope Process 3>$null 6>$null; "$((Get-EntraContext).ContextScope)"'
        $said | Should -Be 'Process'
        @(Get-Journal login /devicecode).Count | Should -Be 1
    }
    It 'is forgotten by a session that never connected, and asked for again by the next' {
        Invoke-OtherSession '(Disconnect-Entra 3>$null).Account' | Should -Be $sim.adele
        $null = Invoke-OtherSession 'Connect-Entra @person 3>$null 6>$null'
        @(Get-Journal login /devicecode).Count | Should -Be 1
    }
    It 'is gone with -All' {
        Invoke-OtherSession 'Disconnect-Entra -All 3>$null; "$($Error.Count)"' | Should -Be '0'
        $null = Invoke-OtherSession 'Connect-Entra @person 3>$null 6>$null'
        @(Get-Journal login /devicecode).Count | Should -Be 1
    }
}

Describe 'The name of a person that not every code page has' {
    BeforeAll {
        $name = $sim.zoe
        if ($kept -eq 'CurrentUser') {
            $null = Invoke-OtherSession 'Disconnect-Entra -All 3>$null'
            $first = Invoke-OtherSession 'Connect-Entra @person -TenantId consumers 3>$null 6>$null; (Get-EntraContext).Account' $name
        }
    }
    BeforeEach { if ($kept -ne 'CurrentUser') { Skip-Case 'this machine has no store for sign-ins' } }
    It 'is in the context of the session that signs in' {
        $first | Should -BeExactly $name
    }
    It 'is in the context of the next, which takes it from the store' {
        Clear-Journal
        Invoke-OtherSession 'Connect-Entra @person -TenantId consumers 3>$null; (Get-EntraContext).Account' | Should -BeExactly $name
        Get-Journal login | Should -BeNullOrEmpty
    }
    It 'is shown as the code page <_> can' -ForEach 'utf-8', 'ibm437' {
        $encoding = [Text.Encoding]::GetEncoding($_)
        $shown = Invoke-OtherSession 'Connect-Entra @person -TenantId consumers 3>$null; Get-EntraContext | Format-List Account' $name $_
        # What a code page lacks is lost in the display alone.
        "$shown" -replace '\x1b\[[0-9;]*m' | Should -BeExactly "Account : $($encoding.GetString($encoding.GetBytes($name)))"
    }
}
