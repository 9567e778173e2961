function Disconnect-Entra {
    <#
    .SYNOPSIS
    Signs this session out.
    .DESCRIPTION
    Ends the current connection, forgets its tokens and gives back the context that was signed out. Without a connection
    there is an error that does not end the script. Sign-ins of other modules are not touched.
    .PARAMETER ContextName
    The connection to end, where there are several.
    .EXAMPLE
    Disconnect-Entra

    Ends the current connection.
    .EXAMPLE
    Disconnect-Entra -ErrorAction SilentlyContinue

    Makes sure that the session is signed out, connected before or not.
    .LINK
    Connect-Entra
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [Alias('Disconnect-MgGraph', 'Disconnect-Graph')]
    [OutputType('ConnectEntra.Context')]
    param(
        [Parameter()]
        [string] $ContextName
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        $bag = Invoke-Operation $PSCmdlet 'disconnect' (Add-SessionField (ConvertTo-Field $PSCmdlet $PSBoundParameters))
        if ($bag) { ConvertTo-Context $bag }
    }
}
