@{
    RootModule           = 'ConnectEntra.psm1'
    ModuleVersion        = '0.1.0'
    GUID                 = '4614457e-7df2-4d0c-9de7-5b55174c90b6'
    Author               = 'ConnectEntra contributors'
    CompanyName          = 'ConnectEntra'
    Copyright            = '(c) ConnectEntra contributors. MIT or Apache-2.0.'
    Description          = 'Signs a PowerShell session in to Microsoft Entra ID. Takes the scripts written for Connect-Entra and Connect-MgGraph, and loads no .NET assembly of its own: a native library does the work.'
    PowerShellVersion    = '5.1'
    CompatiblePSEditions = @('Desktop', 'Core')
    FunctionsToExport    = @(
        'Connect-Entra', 'Disconnect-Entra', 'Get-EntraContext', 'Select-EntraContext',
        'Get-EntraEnvironment', 'Add-EntraEnvironment', 'Set-EntraEnvironment', 'Remove-EntraEnvironment',
        'Get-EntraRequestContext', 'Set-EntraRequestContext', 'Get-MgGraphOption', 'Set-MgGraphOption',
        'Invoke-EntraRequest', 'Get-EntraToken', 'Test-EntraConnection'
    )
    # Left out at import where Microsoft.Graph.Authentication is loaded.
    AliasesToExport      = @(
        'Get-EntraCurrentSessionInfo',
        'Connect-MgGraph', 'Connect-Graph', 'Disconnect-MgGraph', 'Disconnect-Graph', 'Get-MgContext',
        'Get-MgEnvironment', 'Add-MgEnvironment', 'Set-MgEnvironment', 'Remove-MgEnvironment',
        'Get-MgRequestContext', 'Set-MgRequestContext',
        'Invoke-MgGraphRequest', 'Invoke-GraphRequest', 'Invoke-MgRestMethod'
    )
    TypesToProcess       = @('ConnectEntra.types.ps1xml')
    CmdletsToExport      = @()
    VariablesToExport    = @()
    PrivateData          = @{
        PSData = @{
            Tags = @('Entra', 'Graph', 'Authentication', 'Connect-MgGraph', 'Identity', 'PSEdition_Core', 'PSEdition_Desktop', 'Windows', 'Linux', 'MacOS')
        }
    }
}
