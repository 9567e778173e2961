# What the import does, and what it leaves alone. Most of it can only be seen in a fresh process.
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    # A stand-in for Microsoft's module: the name and one command.
    $double = [IO.Path]::Combine($TestDrive, 'Microsoft.Graph.Authentication')
    $null = [IO.Directory]::CreateDirectory($double)
    [IO.File]::WriteAllText("$double/Microsoft.Graph.Authentication.psm1", @'
Add-Type -PassThru @"
[System.Management.Automation.Cmdlet("Connect", "MgGraph")]
public class Theirs : System.Management.Automation.Cmdlet { protected override void EndProcessing() { WriteObject("theirs"); } }
"@ | ForEach-Object Assembly | Import-Module
Export-ModuleMember -Cmdlet Connect-MgGraph
'@)
    [IO.File]::WriteAllText("$double/Microsoft.Graph.Authentication.psd1", "@{ RootModule = 'Microsoft.Graph.Authentication.psm1'; ModuleVersion = '2.33.0'; CmdletsToExport = 'Connect-MgGraph' }")
    # A copy without the library.
    $bare = [IO.Path]::Combine($TestDrive, 'ConnectEntra')
    foreach ($folder in '', 'Public', 'Private') {
        $null = [IO.Directory]::CreateDirectory([IO.Path]::Combine($bare, $folder))
        foreach ($file in [IO.Directory]::GetFiles([IO.Path]::Combine([IO.Path]::GetDirectoryName($Manifest), $folder))) {
            [IO.File]::Copy($file, [IO.Path]::Combine($bare, $folder, [IO.Path]::GetFileName($file)))
        }
    }
}
AfterAll { Stop-Sim }

Describe 'Import' {
    It 'says nothing on any stream' {
        Invoke-Fresh "`$said = @(Import-Module '$Manifest' *>&1); [Console]::WriteLine(`$said.Count); [Console]::WriteLine(`$Error.Count)" | Should -Be '0', '0'
    }
    It 'loads neither Utility nor Management, nor does the first command' {
        Invoke-Fresh @"
`$secret = [securestring]::new(); foreach (`$c in 'opaque'.ToCharArray()) { `$secret.AppendChar(`$c) }
Import-Module '$Manifest'
Connect-Entra -AccessToken `$secret -NoWelcome
[Console]::WriteLine((Get-EntraContext).AuthType)
[Console]::WriteLine((@((Get-Module).Name) -like 'Microsoft.PowerShell.*') -join ' ')
"@ | Should -Be 'UserProvidedAccessToken', ''
    }
    It 'loads no assembly from a file' {
        Invoke-Fresh @"
`$before = @([AppDomain]::CurrentDomain.GetAssemblies().Location)
Import-Module '$Manifest'; `$null = Get-EntraContext
foreach (`$a in [AppDomain]::CurrentDomain.GetAssemblies()) { if (-not `$a.IsDynamic -and `$before -notcontains `$a.Location -and -not `$a.Location.StartsWith(`$PSHOME)) { [Console]::WriteLine(`$a.Location) } }
"@ | Should -BeNullOrEmpty
    }
    It 'works again with -Force and after Remove-Module, and keeps the connection' {
        Invoke-Fresh @"
`$secret = [securestring]::new(); `$secret.AppendChar('x')
Import-Module '$Manifest'; Connect-Entra -AccessToken `$secret -NoWelcome
Import-Module '$Manifest' -Force; [Console]::WriteLine((Get-EntraContext).AuthType)
Remove-Module ConnectEntra; Import-Module '$Manifest'; [Console]::WriteLine((Get-EntraContext).AuthType)
"@ | Should -Be 'UserProvidedAccessToken', 'UserProvidedAccessToken'
    }
    It 'gives ContextScope to scripts, the same type in every runspace' {
        Invoke-Fresh @"
Import-Module '$Manifest'
`$shell = [powershell]::Create().AddScript("Import-Module '$Manifest'; [ContextScope]")
`$other = `$shell.Invoke()[0]; `$shell.Dispose()
[Console]::WriteLine([ContextScope]::CurrentUser); [Console]::WriteLine(`$other -eq [ContextScope])
"@ | Should -Be 'CurrentUser', 'True'
    }
    It 'leaves every alias out with -Function' {
        Invoke-Fresh "Import-Module '$Manifest' -Function *-Entra*; [Console]::WriteLine(@(Get-Alias *-Mg*, *-Graph, *-Entra*).Count); [Console]::WriteLine((Get-Command Connect-Entra).ModuleName)" |
            Should -Be '0', 'ConnectEntra'
    }
}

Describe 'Beside Microsoft.Graph.Authentication' {
    It 'leaves the Mg and Graph names to it when it is loaded, and says so with a verbose line' {
        Invoke-Fresh @"
Import-Module '$double'
`$global:VerbosePreference = 'Continue'; `$said = Import-Module '$Manifest' 4>&1 | Where-Object { "`$_" -like '*stay its own*' }
[Console]::WriteLine(@(`$said).Count); [Console]::WriteLine((Connect-MgGraph))
[Console]::WriteLine(((Get-Module ConnectEntra).ExportedAliases.Keys -join ' ')); [Console]::WriteLine((Get-Command Connect-Entra).ModuleName)
[Console]::WriteLine([bool](Get-Command Set-MgGraphOption -ErrorAction Ignore))
"@ | Should -Be '1', 'theirs', 'Get-EntraCurrentSessionInfo', 'ConnectEntra', 'False'
    }
    It 'has the names where it is not loaded' {
        Invoke-Fresh "Import-Module '$Manifest'; [Console]::WriteLine((Get-Command Connect-MgGraph).ResolvedCommand.Name); [Console]::WriteLine((Get-Command Get-MgContext).ResolvedCommand.Name)" |
            Should -Be 'Connect-Entra', 'Get-EntraContext'
    }
    It 'does not keep the other from being reached by its full name' {
        Invoke-Fresh "Import-Module '$Manifest'; Import-Module '$double'; [Console]::WriteLine((Microsoft.Graph.Authentication\Connect-MgGraph))" | Should -Be 'theirs'
    }
}

Describe 'Where the library cannot be used' {
    It 'says where it was looked for, ends the command, and the import still works' {
        $said = Invoke-Fresh "Import-Module '$bare/ConnectEntra.psd1'; try { Get-EntraContext -ErrorAction SilentlyContinue; 'went on' } catch { `$_.FullyQualifiedErrorId; `$_.Exception.Message }"
        $said[0] | Should -Be 'NativeLibraryNotFound,Get-EntraContext'
        "$said" | Should -BeLike "*$bare*connect_entra*"
        "$said" | Should -Not -BeLike '*went on*'
    }
    It 'says so where the file is no library' {
        $native = [IO.Directory]::CreateDirectory([IO.Path]::Combine($bare, 'runtimes')).FullName
        $name = Invoke-Fresh "Import-Module '$bare/ConnectEntra.psd1'; & (Get-Module ConnectEntra) { Get-LibraryPath }"
        $null = [IO.Directory]::CreateDirectory([IO.Path]::GetDirectoryName($name))
        [IO.File]::WriteAllText($name, 'no library')
        $said = Invoke-Fresh "Import-Module '$bare/ConnectEntra.psd1'; try { Get-EntraContext } catch { `$_.FullyQualifiedErrorId }"
        [IO.Directory]::Delete($native, $true)
        $said | Should -Be 'NativeLibraryNotUsable,Get-EntraContext'
    }
    It 'imports in constrained language and then gives one clear error' {
        $said = Invoke-Fresh @"
`$state = [initialsessionstate]::CreateDefault(); `$state.LanguageMode = 'ConstrainedLanguage'
`$runspace = [runspacefactory]::CreateRunspace(`$state); `$runspace.Open()
`$shell = [powershell]::Create(); `$shell.Runspace = `$runspace
`$null = `$shell.AddScript("Import-Module '$Manifest'; try { Connect-Entra -ContextScope Process -ErrorAction SilentlyContinue } catch { ```$_.FullyQualifiedErrorId }")
`$shell.Invoke() | ForEach-Object { [string]`$_ }
`$shell.Streams.Error | ForEach-Object { "error `$_" }
"@
        $said | Should -Be 'LanguageModeNotSupported'
    }
}
