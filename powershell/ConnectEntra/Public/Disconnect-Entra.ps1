function Disconnect-Entra {
    <#
    .SYNOPSIS
    Signs this session out.
    .DESCRIPTION
    Ends the current connection, forgets its tokens and gives back the context that was signed out; a person's tokens are
    forgotten also where they are kept for other sessions. In a session that has never connected, the account that signed
    in last is forgotten there. Where nobody is signed in there is an error that does not end the script. Other accounts
    stay, and sign-ins of other modules are not touched.
    .PARAMETER ContextName
    The connection to end, where there are several.
    .PARAMETER All
    Ends all connections of this process and forgets every account that is kept for this user, whether there are any or
    not.
    .EXAMPLE
    Disconnect-Entra

    Ends the current connection.
    .EXAMPLE
    Disconnect-Entra -ErrorAction SilentlyContinue

    Makes sure that the session is signed out, connected before or not.
    .EXAMPLE
    Disconnect-Entra -All

    Leaves no sign-in of this user behind.
    .LINK
    Connect-Entra
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [Alias('Disconnect-MgGraph', 'Disconnect-Graph')]
    [OutputType('ConnectEntra.Context')]
    param(
        [Parameter()]
        [string] $ContextName,

        [Parameter()]
        [switch] $All
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        $bag = Invoke-Operation $PSCmdlet 'disconnect' (ConvertTo-Field $PSCmdlet $PSBoundParameters)
        if ($bag -and (Get-BagValue $bag 'ClientId')) { ConvertTo-Context $bag }
    }
}
