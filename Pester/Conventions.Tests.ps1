# The house rules of the module that a machine can check.
BeforeDiscovery {
    $root = [IO.Path]::GetFullPath([IO.Path]::Combine($PSScriptRoot, '..', 'powershell', 'ConnectEntra'))
    $files = @(Get-ChildItem $root -Recurse -File -Include '*.ps1', '*.psm1', '*.psd1' | Where-Object FullName -NotLike '*runtimes*')
    $public = @($files | Where-Object { $_.Directory.Name -eq 'Public' })
}

Describe 'File <_.Name>' -ForEach $files {
    BeforeAll {
        $problems = $null
        $ast = [Management.Automation.Language.Parser]::ParseFile($_.FullName, [ref]$null, [ref]$problems)
        $commands = @($ast.FindAll({ $args[0] -is [Management.Automation.Language.CommandAst] }, $true) | ForEach-Object { $_.GetCommandName() } | Where-Object { $_ })
    }
    It 'parses' { $problems | Should -BeNullOrEmpty }
    It 'is UTF-8, with a byte order mark where it has more than ASCII' {
        $bytes = [IO.File]::ReadAllBytes($_.FullName)
        $marked = $bytes.Length -ge 3 -and $bytes[0] -eq 0xEF -and $bytes[1] -eq 0xBB -and $bytes[2] -eq 0xBF
        ($marked -or -not ($bytes -gt 127)) | Should -BeTrue
    }
    It 'has no throw: a caller with -ErrorAction SilentlyContinue would go on after it' {
        $ast.FindAll({ $args[0] -is [Management.Automation.Language.ThrowStatementAst] }, $true) | Should -BeNullOrEmpty
    }
    It 'uses no cmdlet of the Utility and Management modules: the first one loads its module' {
        # In constrained language nothing else can report an error; beside Microsoft's module Utility is loaded anyway.
        $allowed = 'Write-Error', 'Write-Verbose'
        $heavy = foreach ($name in $commands) {
            $command = Get-Command $name -ErrorAction Ignore
            if ($command -and $command.ModuleName -match '^Microsoft\.PowerShell\.(Utility|Management)$' -and $allowed -notcontains $name) { $name }
        }
        $heavy | Should -BeNullOrEmpty
    }
    It 'has no syntax that is newer than Windows PowerShell 5.1' {
        $newer = $ast.FindAll({ $args[0].GetType().Name -in 'TernaryExpressionAst', 'PipelineChainAst' -or
                ($args[0] -is [Management.Automation.Language.BinaryExpressionAst] -and "$($args[0].Operator)" -eq 'QuestionQuestion') -or
                ($args[0] -is [Management.Automation.Language.AssignmentStatementAst] -and "$($args[0].Operator)" -eq 'QuestionQuestionEquals') -or
                ($args[0] -is [Management.Automation.Language.MemberExpressionAst] -and $args[0].psobject.Properties['NullConditional'] -and $args[0].NullConditional) -or
                ($args[0] -is [Management.Automation.Language.ScriptBlockAst] -and $args[0].psobject.Properties['CleanBlock'] -and $args[0].CleanBlock) }, $true)
        $newer | Should -BeNullOrEmpty
    }
    It 'calls no exported command by its bare name: another module may have that name' {
        $exported = (Import-PowerShellDataFile ([IO.Path]::Combine($PSScriptRoot, '..', 'powershell', 'ConnectEntra', 'ConnectEntra.psd1'))).FunctionsToExport
        $commands | Where-Object { $exported -contains $_ } | Should -BeNullOrEmpty
    }
}

Describe 'Command <_.BaseName>' -ForEach $public {
    BeforeAll {
        $name = $_.BaseName
        $ast = [Management.Automation.Language.Parser]::ParseFile($_.FullName, [ref]$null, [ref]$null)
        $function = @($ast.FindAll({ $args[0] -is [Management.Automation.Language.FunctionDefinitionAst] }, $true))
        Import-Module ([IO.Path]::Combine($PSScriptRoot, '..', 'powershell', 'ConnectEntra', 'ConnectEntra.psd1'))
    }
    It 'is the only one in its file' { $function.Name | Should -Be $name }
    It 'does its work in the process block, so that pipeline input that does not bind does not run it' {
        $function[0].Body.ProcessBlock | Should -Not -BeNullOrEmpty
        $function[0].Body.EndBlock | Where-Object Unnamed | Should -BeNullOrEmpty
    }
    It 'begins by taking over the preferences of its caller' {
        $function[0].Body.ProcessBlock.Statements[0].Extent.Text | Should -Be '. $script:UseCallerPreference $PSCmdlet $PSBoundParameters'
    }
    It 'is exported' { (Get-Command -Module ConnectEntra -Name $name).CommandType | Should -Be 'Function' }
    It 'has help with a synopsis, a description, examples and every parameter' {
        $help = Get-Help $name -Full
        $help.Synopsis | Should -Not -Match ([regex]::Escape("$name ["))
        $help.description | Should -Not -BeNullOrEmpty
        @($help.examples.example).Count | Should -BeGreaterThan 0
        $common = [Management.Automation.Cmdlet]::CommonParameters + [Management.Automation.Cmdlet]::OptionalCommonParameters
        foreach ($parameter in (Get-Command $name).Parameters.Keys | Where-Object { $common -notcontains $_ }) {
            Get-Help $name -Parameter $parameter | ForEach-Object { $_.description } | Should -Not -BeNullOrEmpty -Because "-$parameter needs a line"
        }
    }
}

Describe 'Manifest' {
    BeforeAll {
        $path = [IO.Path]::Combine($PSScriptRoot, '..', 'powershell', 'ConnectEntra', 'ConnectEntra.psd1')
        $manifest = Import-PowerShellDataFile $path
    }
    It 'is valid and for both editions' {
        (Test-ModuleManifest $path).Version | Should -Be $manifest.ModuleVersion
        $manifest.PowerShellVersion | Should -Be '5.1'
        $manifest.CompatiblePSEditions | Should -Be 'Desktop', 'Core'
    }
    It 'names exactly the commands that there are' {
        $names = @(Get-ChildItem ([IO.Path]::Combine($PSScriptRoot, '..', 'powershell', 'ConnectEntra', 'Public')) -Filter '*.ps1').BaseName | Sort-Object
        $manifest.FunctionsToExport | Sort-Object | Should -Be $names
    }
    It 'names exactly the aliases that the commands have' {
        $names = Get-ChildItem ([IO.Path]::Combine($PSScriptRoot, '..', 'powershell', 'ConnectEntra', 'Public')) -Filter '*.ps1' | ForEach-Object {
            $ast = [Management.Automation.Language.Parser]::ParseFile($_.FullName, [ref]$null, [ref]$null)
            $ast.Find({ $args[0] -is [Management.Automation.Language.FunctionDefinitionAst] }, $true).Body.ParamBlock.Attributes |
                Where-Object { $_.TypeName.Name -eq 'Alias' } | ForEach-Object { $_.PositionalArguments.Value }
        }
        $manifest.AliasesToExport | Sort-Object | Should -Be ($names | Sort-Object)
    }
    It 'has no FileList: a package for one system does not hold the files of the others' {
        $manifest.ContainsKey('FileList') | Should -BeFalse
    }
}

Describe 'Syntax of Connect-Entra' {
    BeforeAll { Import-Module ([IO.Path]::Combine($PSScriptRoot, '..', 'powershell', 'ConnectEntra', 'ConnectEntra.psd1')) }
    # The lines of the documentation page, with our parameters at the end of each.
    It 'has the six sets of the documentation page, in its order, with ours at the end' {
        $lines = (Get-Command Connect-Entra -Syntax) -split "`r?`n" | Where-Object { $_ }
        $lines | Should -Be @(
            'Connect-Entra [[-Scopes] <string[]>] [[-ClientId] <string>] [-TenantId <string>] [-ContextScope <ContextScope>] [-Environment <string>] [-UseDeviceCode] [-ClientTimeout <double>] [-NoWelcome] [-LoginHint <string>] [-Prompt <string>] [-ContextName <string>] [<CommonParameters>]'
            'Connect-Entra [-ClientId] <string> [[-CertificateSubjectName] <string>] [[-CertificateThumbprint] <string>] [-SendCertificateChain <bool>] [-Certificate <X509Certificate2>] [-TenantId <string>] [-ContextScope <ContextScope>] [-Environment <string>] [-ClientTimeout <double>] [-NoWelcome] [-CertificatePath <string>] [-CertificatePassword <securestring>] [-ClientAssertion <Object>] [-ContextName <string>] [<CommonParameters>]'
            'Connect-Entra [[-ClientId] <string>] [-ContextScope <ContextScope>] [-Environment <string>] [-ClientTimeout <double>] [-Identity] [-NoWelcome] [-ObjectId <string>] [-ResourceId <string>] [-ContextName <string>] [<CommonParameters>]'
            'Connect-Entra [-ClientSecretCredential <pscredential>] [-TenantId <string>] [-ContextScope <ContextScope>] [-Environment <string>] [-ClientTimeout <double>] [-NoWelcome] [-ContextName <string>] [<CommonParameters>]'
            'Connect-Entra [-AccessToken] <securestring> [-Environment <string>] [-ClientTimeout <double>] [-NoWelcome] [-ContextName <string>] [<CommonParameters>]'
            'Connect-Entra [-ContextScope <ContextScope>] [-Environment <string>] [-ClientTimeout <double>] [-EnvironmentVariable] [-NoWelcome] [-ContextName <string>] [<CommonParameters>]'
        )
    }
}
