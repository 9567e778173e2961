function Set-EntraEnvironment {
    <#
    .SYNOPSIS
    Changes the addresses of a cloud of your own.
    .DESCRIPTION
    Changes what is given and keeps the rest. A name that is not there yet needs both addresses. Built-in clouds cannot be
    changed. A connection to that cloud goes to the new addresses from then on.
    .PARAMETER Name
    The name of the cloud.
    .PARAMETER AzureADEndpoint
    The address of its sign-in service.
    .PARAMETER GraphEndpoint
    The address of its Graph service.
    .EXAMPLE
    Set-EntraEnvironment -Name Lab -GraphEndpoint https://graph2.lab.example

    Changes one of the two addresses.
    .LINK
    Get-EntraEnvironment
    #>
    [CmdletBinding(SupportsShouldProcess = $true)]
    [Alias('Set-MgEnvironment')]
    [OutputType('ConnectEntra.Environment')]
    param(
        [Parameter(Mandatory = $true, Position = 0, ValueFromPipelineByPropertyName = $true)]
        [ValidateNotNullOrEmpty()]
        [ArgumentCompleter({ param($Command, $Parameter, $Word) (ConnectEntra\Get-EntraEnvironment -ErrorAction Ignore).Name -like "$Word*" })]
        [string] $Name,

        [Parameter(Position = 1, ValueFromPipelineByPropertyName = $true)]
        [Alias('AzureADUrl')]
        [ValidateNotNullOrEmpty()]
        [string] $AzureADEndpoint,

        [Parameter(Position = 2, ValueFromPipelineByPropertyName = $true)]
        [Alias('GraphUrl')]
        [ValidateNotNullOrEmpty()]
        [string] $GraphEndpoint
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($PSCmdlet.ShouldProcess($Name, 'Change environment')) {
            Invoke-EnvironmentOperation $PSCmdlet 'Set' $PSBoundParameters
        }
    }
}
