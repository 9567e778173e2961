function Set-MgGraphOption {
    <#
    .SYNOPSIS
    Takes the broker options of scripts written for other modules.
    .DESCRIPTION
    There is no broker to switch on or off, so nothing changes; a verbose line says so.
    .PARAMETER EnableLoginByWAM
    Taken, and has no effect.
    .PARAMETER DisableLoginByWAM
    Taken, and has no effect.
    .EXAMPLE
    Set-MgGraphOption -DisableLoginByWAM $true

    Is accepted; sign-in goes through the browser anyway.
    .LINK
    Get-MgGraphOption
    #>
    [CmdletBinding(PositionalBinding = $false)]
    [OutputType([void])]
    param(
        [Parameter()]
        [bool] $EnableLoginByWAM,

        [Parameter()]
        [Nullable[bool]] $DisableLoginByWAM
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        $PSCmdlet.WriteVerbose('ConnectEntra never signs in through a broker: there is nothing to switch on or off.')
    }
}
