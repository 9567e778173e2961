function Get-EntraEnvironment {
    <#
    .SYNOPSIS
    Lists the clouds that Connect-Entra can connect to.
    .DESCRIPTION
    Gives the built-in clouds and those added with Add-EntraEnvironment. A name that is not known gives nothing and no error.
    .PARAMETER Name
    The name of one cloud, in any case. It is not a pattern.
    .EXAMPLE
    Get-EntraEnvironment

    Lists all clouds.
    .EXAMPLE
    (Get-EntraEnvironment -Name (Get-EntraContext).Environment).GraphEndpoint

    Gives the Graph address of the cloud that this session is connected to.
    .LINK
    Add-EntraEnvironment
    #>
    [CmdletBinding()]
    [Alias('Get-MgEnvironment')]
    [OutputType('ConnectEntra.Environment')]
    param(
        [Parameter(Position = 0, ValueFromPipeline = $true, ValueFromPipelineByPropertyName = $true)]
        [ValidateNotNullOrEmpty()]
        [ArgumentCompleter({ param($Command, $Parameter, $Word) (ConnectEntra\Get-EntraEnvironment -ErrorAction Ignore).Name -like "$Word*" })]
        [string] $Name
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        Invoke-EnvironmentOperation $PSCmdlet 'Get' $PSBoundParameters
    }
}
