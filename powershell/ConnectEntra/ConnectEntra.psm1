Set-StrictMode -Version 3.0

$script:ModuleRoot = $PSScriptRoot

# Is Microsoft's module loaded? Constrained language does not allow the question: the import still works there, and every
# command says what is wrong. To ask for the language mode first costs three milliseconds more.
$script:Restricted = $false
try { $theirs = $ExecutionContext.InvokeCommand.GetCmdlet('Connect-MgGraph') }
catch {
    $script:Restricted = $true
    $theirs = Get-Module -Name 'Microsoft.Graph.Authentication'
}

# An explicit list: looking for files costs more than the rest of the import. No cmdlet of the Utility and Management
# modules is used on this path, since the first one loads its module; where another module is in the way, it is there.
foreach ($file in @(
        'Private/Context', 'Private/Caller', 'Private/Native', 'Private/Bag', 'Private/Operation', 'Private/Event', 'Private/Parameter',
        'Private/Certificate', 'Private/Keys', 'Private/Json', 'Private/Request', 'Private/RequestFile', 'Private/Response', 'Private/ConnectionTest',
        'Public/Connect-Entra', 'Public/Disconnect-Entra', 'Public/Get-EntraContext', 'Public/Select-EntraContext',
        'Public/Get-EntraEnvironment', 'Public/Add-EntraEnvironment', 'Public/Set-EntraEnvironment', 'Public/Remove-EntraEnvironment',
        'Public/Get-EntraRequestContext', 'Public/Set-EntraRequestContext', 'Public/Get-MgGraphOption', 'Public/Set-MgGraphOption',
        'Public/Invoke-EntraRequest', 'Public/Get-EntraToken', 'Public/Test-EntraConnection'
    )) {
    . "$PSScriptRoot/$file.ps1"
}

# The names of a module that is loaded stay its own; without this the manifest's lists hold.
if ($theirs) {
    Write-Verbose 'Microsoft.Graph.Authentication is loaded: the Mg and Graph names stay its own, ConnectEntra exports only its Entra names.'
    Export-ModuleMember -Function '*-Entra*' -Alias 'Get-EntraCurrentSessionInfo'
}
