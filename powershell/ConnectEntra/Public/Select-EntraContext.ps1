function Select-EntraContext {
    <#
    .SYNOPSIS
    Makes another connection of this process the current one of this session.
    .DESCRIPTION
    A process may hold several connections, each with the name given to Connect-Entra -ContextName. The choice holds for
    this runspace only: what other runspaces do is not changed under them.
    .PARAMETER Name
    The name of the connection.
    .PARAMETER ListAvailable
    Lists the connections of this process instead.
    .EXAMPLE
    Connect-Entra -TenantId $tenantA -ClientSecretCredential $a -ContextName A
    Connect-Entra -TenantId $tenantB -ClientSecretCredential $b -ContextName B
    Select-EntraContext A

    Holds two connections and goes back to the first one.
    .EXAMPLE
    Select-EntraContext -ListAvailable

    Lists the connections of this process.
    .LINK
    Connect-Entra
    #>
    [CmdletBinding(DefaultParameterSetName = 'Name')]
    [OutputType('ConnectEntra.Context')]
    param(
        [Parameter(ParameterSetName = 'Name', Mandatory = $true, Position = 0, ValueFromPipelineByPropertyName = $true)]
        [Alias('ContextName')]
        [string] $Name,

        [Parameter(ParameterSetName = 'List', Mandatory = $true)]
        [switch] $ListAvailable
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($ListAvailable) { Get-ContextList $PSCmdlet } else { Set-CurrentContext $PSCmdlet $Name }
    }
}
