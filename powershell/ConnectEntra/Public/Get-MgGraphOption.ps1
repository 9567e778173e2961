function Get-MgGraphOption {
    <#
    .SYNOPSIS
    Shows whether a sign-in broker is used: it never is.
    .DESCRIPTION
    For scripts that ask. ConnectEntra signs in through the system's browser or a device code, never through a broker such
    as the Web Account Manager, so the answer is always the same, under the names of old and new versions.
    .EXAMPLE
    Get-MgGraphOption

    Shows that there is no broker.
    .LINK
    Set-MgGraphOption
    #>
    [CmdletBinding()]
    [OutputType('ConnectEntra.GraphOption')]
    param()
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        [pscustomobject]@{
            PSTypeName = 'ConnectEntra.GraphOption'
            EnableWAMForMSGraph = $false; DisableWAMForMSGraph = $true; DisableLoginByWAM = $true
        }
    }
}
