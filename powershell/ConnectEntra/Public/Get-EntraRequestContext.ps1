function Get-EntraRequestContext {
    <#
    .SYNOPSIS
    Shows the time limits and retries of requests.
    .DESCRIPTION
    Gives how long a request may take, how often and after which pause it is tried again, and how long that may take in
    all. The values hold for this process.
    .EXAMPLE
    Get-EntraRequestContext

    Shows the values in force.
    .LINK
    Set-EntraRequestContext
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [Alias('Get-MgRequestContext')]
    [OutputType('ConnectEntra.RequestContext')]
    param()
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        Invoke-RequestContextOperation $PSCmdlet 'GetRequestContext' @{}
    }
}
