function Test-EntraConnection {
    <#
    .SYNOPSIS
    Shows what there is to know of the connection of this session.
    .DESCRIPTION
    Beside what Get-EntraContext shows: which permissions were asked for and which were granted, until when the token is
    good, with what it was got, and where the sign-in is kept. Nobody is asked and nothing is renewed. Without a
    connection the answer is an object whose Connected is false.
    .PARAMETER ContextName
    The connection to show, where there are several.
    .EXAMPLE
    Test-EntraConnection

    Shows the current connection.
    .EXAMPLE
    if (-not (Test-EntraConnection).Connected) { Connect-Entra }

    Signs in only where the session is not yet signed in.
    .EXAMPLE
    (Test-EntraConnection).GrantedScopes

    Lists what was granted, which may be more than was asked for: the service adds what was agreed to before.
    .LINK
    Connect-Entra
    .LINK
    Get-EntraContext
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType('ConnectEntra.ConnectionTest')]
    param(
        [Parameter()]
        [string] $ContextName
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        $bag = Invoke-Operation $PSCmdlet 'connection' ("Action=Test`0" + (ConvertTo-Field $PSCmdlet $PSBoundParameters))
        if ($bag) { ConvertTo-ConnectionTest $bag }
    }
}
