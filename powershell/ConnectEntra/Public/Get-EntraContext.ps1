function Get-EntraContext {
    <#
    .SYNOPSIS
    Shows who this session is signed in as.
    .DESCRIPTION
    Gives the context of the current connection: app, tenant, permissions, account, cloud. Without a connection it gives
    nothing and no error. The client secret is a stand-in of the same length, never the secret.
    .EXAMPLE
    Get-EntraContext

    Shows the current connection.
    .EXAMPLE
    (Get-EntraContext).Scopes

    Lists the permissions of the current connection.
    .EXAMPLE
    if (-not (Get-EntraContext)) { Connect-Entra }

    Signs in only where the session is not yet signed in.
    .LINK
    Connect-Entra
    #>
    [CmdletBinding()]
    [Alias('Get-MgContext', 'Get-EntraCurrentSessionInfo')]
    [OutputType('ConnectEntra.Context')]
    param()
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        $bag = Invoke-Operation $PSCmdlet 'context' (ConvertTo-Field $PSCmdlet @{ Action = 'Get' })
        if (-not $bag -or -not (Get-BagValue $bag 'Connection')) { return }
        # Under its Entra name the original notes its module; under the Graph name there is nothing of the kind.
        $note = [ordered]@{}
        if ($MyInvocation.InvocationName -notlike '*Get-MgContext') {
            $note.EntraPSModuleName = $MyInvocation.MyCommand.ModuleName
            $note.EntraPSVersion = [string]$MyInvocation.MyCommand.Version
        }
        ConvertTo-Context $bag $note
    }
}
