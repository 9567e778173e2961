# Get-, Add-, Set- and Remove-EntraEnvironment.
BeforeAll {
    . ([IO.Path]::Combine($PSScriptRoot, 'Sim.ps1'))
    $sim = Start-Sim
    function Remove-OwnEnvironment {
        Get-EntraEnvironment | Where-Object { $_.Type -eq 'User-defined' -and $_.Name -ne 'Sim' } | Remove-EntraEnvironment | Out-Null
    }
}
AfterAll { Stop-Sim }

Describe 'Get-EntraEnvironment' {
    AfterEach { Remove-OwnEnvironment }
    It 'lists the seven built-in clouds' {
        (Get-EntraEnvironment | Where-Object Type -EQ 'Built-in').Name | Sort-Object |
            Should -Be 'BleuCloud', 'China', 'DelosCloud', 'Global', 'GovSGCloud', 'USGov', 'USGovDoD'
        (Get-EntraEnvironment)[0].psobject.TypeNames | Should -Contain 'ConnectEntra.Environment'
    }
    It 'gives <Name> its addresses' -ForEach @(
        @{ Name = 'Global'; SignIn = 'https://login.microsoftonline.com'; Graph = 'https://graph.microsoft.com' }
        @{ Name = 'USGov'; SignIn = 'https://login.microsoftonline.us'; Graph = 'https://graph.microsoft.us' }
        @{ Name = 'USGovDoD'; SignIn = 'https://login.microsoftonline.us'; Graph = 'https://dod-graph.microsoft.us' }
        @{ Name = 'China'; SignIn = 'https://login.chinacloudapi.cn'; Graph = 'https://microsoftgraph.chinacloudapi.cn' }
    ) {
        $cloud = Get-MgEnvironment -Name $Name.ToLowerInvariant()
        $cloud.Name, $cloud.AzureADEndpoint, $cloud.GraphEndpoint, $cloud.Type | Should -Be $Name, $SignIn, $Graph, 'Built-in'
        $cloud.psobject.Properties.Name | Should -Be 'Name', 'AzureADEndpoint', 'GraphEndpoint', 'Type'
    }
    It 'gives nothing and no error for a name that is not known, and takes no patterns' {
        $said = Get-Said { Get-EntraEnvironment Nowhere; Get-EntraEnvironment 'US*' }
        $said.Output.Count + $said.Error.Count | Should -Be 0
    }
    It 'takes names from the pipeline, by value and by property' {
        ('China', 'USGov' | Get-EntraEnvironment).Name | Should -Be 'China', 'USGov'
        ([pscustomobject]@{ Name = 'Global' } | Get-EntraEnvironment).Name | Should -Be 'Global'
    }
    It 'refuses an empty name' { { Get-EntraEnvironment -Name '' } | Should -Throw -ErrorId 'ParameterArgumentValidationError,Get-EntraEnvironment' }
}

Describe 'Add-EntraEnvironment' {
    AfterEach { Remove-OwnEnvironment }
    It 'adds by position and by alias, cuts addresses, and keeps the cloud for the next process' {
        (Add-MgEnvironment Mine 'https://login.mine.example/tenant/x?y=1' 'https://graph.mine.example:8443/v1.0/').GraphEndpoint | Should -Be 'https://graph.mine.example:8443'
        (Add-EntraEnvironment -Name Other -AzureADUrl https://login.other.example -GraphUrl https://graph.other.example).Type | Should -Be 'User-defined'
        Invoke-Fresh "Import-Module '$Manifest'; (Get-EntraEnvironment mine).AzureADEndpoint" | Should -Be 'https://login.mine.example'
    }
    It 'replaces the addresses of a name that is there, and keeps its first spelling' {
        $null = Add-EntraEnvironment Mine https://login.one.example https://graph.one.example
        $cloud = Add-EntraEnvironment MINE https://login.two.example https://graph.two.example
        $cloud.Name, $cloud.GraphEndpoint | Should -Be 'Mine', 'https://graph.two.example'
    }
    It 'adds nothing with -WhatIf, given or preferred' {
        $null = Add-EntraEnvironment Mine https://login.one.example https://graph.one.example -WhatIf
        & { $WhatIfPreference = $true; Add-EntraEnvironment Mine https://login.one.example https://graph.one.example }
        Get-EntraEnvironment Mine | Should -BeNullOrEmpty
    }
    It 'takes rows from the pipeline' {
        [pscustomobject]@{ Name = 'A'; AzureADEndpoint = 'https://a.example'; GraphEndpoint = 'https://ga.example' } | Add-EntraEnvironment | Out-Null
        (Get-EntraEnvironment A).GraphEndpoint | Should -Be 'https://ga.example'
    }
    It 'refuses a built-in name' {
        { Add-EntraEnvironment usgov https://login.one.example https://graph.one.example -ErrorAction SilentlyContinue } |
            Should -Throw 'Cannot add built-in environment usgov.' -ErrorId 'System.InvalidOperationException,Add-EntraEnvironment'
    }
    It 'refuses what is no address' {
        { Add-EntraEnvironment Mine login.mine.example https://graph.mine.example -ErrorAction SilentlyContinue } | Should -Throw "Parameter 'AzureADEndpoint' has an invalid endpoint URL.*"
        { Add-EntraEnvironment Mine https://login.mine.example graph -ErrorAction SilentlyContinue } | Should -Throw "Parameter 'GraphEndpoint' has an invalid endpoint URL.*"
    }
}

Describe 'Set-EntraEnvironment' {
    AfterEach { Remove-OwnEnvironment }
    It 'changes what is given and keeps the rest' {
        $null = Add-EntraEnvironment Mine https://login.one.example https://graph.one.example
        $cloud = Set-MgEnvironment -Name Mine -GraphEndpoint https://graph.new.example
        $cloud.AzureADEndpoint, $cloud.GraphEndpoint | Should -Be 'https://login.one.example', 'https://graph.new.example'
        (Set-EntraEnvironment -Name Mine).GraphEndpoint | Should -Be 'https://graph.new.example'
    }
    It 'adds a name that is not there only with both addresses' {
        { Set-EntraEnvironment -Name Mine -GraphEndpoint https://graph.one.example } | Should -Throw '*invalid endpoint URL*'
        (Set-EntraEnvironment -Name Mine -AzureADEndpoint https://login.one.example -GraphEndpoint https://graph.one.example).Type | Should -Be 'User-defined'
    }
    It 'refuses a built-in name' {
        { Set-EntraEnvironment Global -GraphEndpoint https://graph.one.example } | Should -Throw 'Cannot change built-in environment Global.' -ErrorId 'System.InvalidOperationException,Set-EntraEnvironment'
    }
}

Describe 'Remove-EntraEnvironment' {
    AfterEach { Remove-OwnEnvironment }
    It 'gives back what it removed' {
        $null = Add-EntraEnvironment Mine https://login.one.example https://graph.one.example
        (Remove-MgEnvironment -Name mine).Name | Should -Be 'Mine'
        Get-EntraEnvironment Mine | Should -BeNullOrEmpty
    }
    It 'removes nothing with -WhatIf' {
        $null = Add-EntraEnvironment Mine https://login.one.example https://graph.one.example
        Remove-EntraEnvironment Mine -WhatIf
        (Get-EntraEnvironment Mine).Name | Should -Be 'Mine'
    }
    It 'refuses built-in and unknown names' {
        { Remove-EntraEnvironment Global } | Should -Throw 'Cannot remove built-in environment Global.' -ErrorId 'System.InvalidOperationException,Remove-EntraEnvironment'
        { Remove-EntraEnvironment Nowhere } | Should -Throw 'Environment Nowhere not found.*' -ErrorId 'System.ArgumentException,Remove-EntraEnvironment'
        { Remove-EntraEnvironment -Name '' } | Should -Throw -ErrorId 'ParameterArgumentValidationErrorEmptyStringNotAllowed,Remove-EntraEnvironment'
    }
}

Describe 'The environment of a connection' {
    AfterEach { Remove-OwnEnvironment }
    It 'is found by what the Entra commands do' {
        Connect-Sim -ErrorAction Stop
        (Get-EntraEnvironment -Name (Get-EntraContext).Environment).GraphEndpoint | Should -Be $sim.graph
        $null = Disconnect-Entra
    }
    It 'may have an http address, but nobody connects to it' {
        Clear-Journal
        $null = Add-EntraEnvironment Plain http://login.mine.example http://graph.mine.example
        { Connect-Entra -Environment Plain -TenantId $sim.tenant -ClientSecretCredential (New-AppCredential) -ErrorAction Stop } | Should -Throw '*http*'
        Get-Journal login | Should -BeNullOrEmpty
    }
}
