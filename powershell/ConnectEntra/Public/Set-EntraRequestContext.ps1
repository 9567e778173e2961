function Set-EntraRequestContext {
    <#
    .SYNOPSIS
    Changes the time limits and retries of requests.
    .DESCRIPTION
    Changes what is given, keeps the rest, and gives back the values in force. They hold until the process ends.
    .PARAMETER RetryDelay
    The pause before a request is tried again, in seconds: 0 to 180.
    .PARAMETER MaxRetry
    How often a request is tried again: 0 to 10.
    .PARAMETER RetriesTimeLimit
    How long all pauses between the tries of one request may be together, in seconds; 0 for no limit.
    .PARAMETER ClientTimeout
    How long one request may take, in seconds; zero or less sets no limit.
    .EXAMPLE
    Set-EntraRequestContext -MaxRetry 5 -ClientTimeout 60

    Tries up to five times more, a minute each.
    .LINK
    Get-EntraRequestContext
    #>
    [CmdletBinding(SupportsShouldProcess = $true, PositionalBinding = $false)]
    [Alias('Set-MgRequestContext')]
    [OutputType('ConnectEntra.RequestContext')]
    param(
        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [ValidateNotNullOrEmpty()]
        [ValidateRange(0, 180)]
        [int] $RetryDelay,

        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [ValidateNotNullOrEmpty()]
        [ValidateRange(0, 10)]
        [int] $MaxRetry,

        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [ValidateNotNullOrEmpty()]
        [int] $RetriesTimeLimit,

        [Parameter(ValueFromPipelineByPropertyName = $true)]
        [ValidateNotNullOrEmpty()]
        [int] $ClientTimeout
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($PSCmdlet.ShouldProcess('request context', 'Change')) {
            Invoke-RequestContextOperation $PSCmdlet 'SetRequestContext' $PSBoundParameters
        }
    }
}
