function Invoke-EntraRequest {
    <#
    .SYNOPSIS
    Sends a request to Microsoft Graph.
    .DESCRIPTION
    Sends one request with the token of the current connection and gives what comes back: a table, an object, JSON text or
    the whole response. One call is one page, and a warning tells that there are more where neither $top was given nor one
    of the original's names used; with -All the items of all pages come one after the other. A request that is throttled is
    tried again within the limits of Get-EntraRequestContext, and -Verbose tells of each wait; -Debug shows the heads
    of requests and answers, without the token. The token goes to the connection's own Graph only.

    A file is sent with -InputFilePath and received with -OutputFilePath. Where the address ends with createUploadSession,
    the file goes up in pieces through that session, which -Body may describe.
    .PARAMETER Method
    GET, POST, PUT, PATCH or DELETE.
    .PARAMETER Uri
    The address: 'v1.0/me', '/beta/users?$top=5', or an absolute one.
    .PARAMETER Body
    What is sent: a table, an object or a list, which become JSON; text; bytes; or a stream, which is sent again from where
    it stood if it can seek, and is not sent again if it cannot. A table with GET joins the query. From the pipeline, each is a request of its own, or with -Batch a part of one batch.
    .PARAMETER Headers
    Header fields.
    .PARAMETER OutputFilePath
    The file that what comes is written to. Nothing is shown unless -PassThru is given.
    .PARAMETER InferOutputFileName
    Writes to a file in the current folder, under the name that the service gives.
    .PARAMETER InputFilePath
    The file that is sent, while it is read.
    .PARAMETER PassThru
    Shows what comes as well as writing it to -OutputFilePath.
    .PARAMETER SkipHeaderValidation
    Sends header fields and a content type that do not have their proper form.
    .PARAMETER ContentType
    The content type of the body. Text is sent as UTF-8 unless this names another character set.
    .PARAMETER SessionVariable
    The variable that gets the header fields of this request, for -GraphRequestSession of later ones.
    .PARAMETER ResponseHeadersVariable
    The variable that gets the header fields of the answer.
    .PARAMETER StatusCodeVariable
    The variable that gets the status of the answer.
    .PARAMETER SkipHttpErrorCheck
    Gives the body of an answer that is no success instead of an error.
    .PARAMETER GraphRequestSession
    Header fields of an earlier request.
    .PARAMETER UserAgent
    The user agent that the service sees.
    .PARAMETER OutputType
    HashTable (its keys are not case-sensitive), PSObject, Json or HttpResponseMessage.
    .PARAMETER All
    Gives the items of all pages, as they come.
    .PARAMETER First
    Gives the items of the pages, as -All does, but no more than this. A warning tells that there are more.
    .PARAMETER Batch
    Sends what comes through the pipeline in as few batches of twenty as it takes: addresses, or tables with url, method,
    id, headers, body and dependsOn. Each part is tried again on its own; the answers come in the order of the parts. -Uri
    is the batch's address, such as 'v1.0/$batch'.
    .PARAMETER ConsistencyLevel
    'eventual' for queries that count, search or sort directory objects.
    .PARAMETER ContextName
    The connection to use, where there are several.
    .EXAMPLE
    Invoke-EntraRequest -Uri 'v1.0/me'

    Gives who is signed in, as a table.
    .EXAMPLE
    Invoke-EntraRequest -Uri 'v1.0/users?$select=id,displayName' -All -OutputType PSObject

    Gives all users as objects, page by page.
    .EXAMPLE
    Invoke-EntraRequest -Method PATCH -Uri 'v1.0/users/zoe@contoso.com' -Body @{ jobTitle = 'Engineer' }

    Changes a user.
    .EXAMPLE
    $ids | ForEach-Object { "/users/$_" } | Invoke-EntraRequest -Uri 'v1.0/$batch' -Batch

    Gets many users with few requests.
    .LINK
    Connect-Entra
    #>
    [CmdletBinding(DefaultParameterSetName = 'UserParameterSet', PositionalBinding = $false, SupportsShouldProcess = $true, ConfirmImpact = 'Low')]
    [Alias('Invoke-MgGraphRequest', 'Invoke-GraphRequest', 'Invoke-MgRestMethod')]
    param(
        [Parameter(ParameterSetName = 'UserParameterSet', Position = 1)]
        [GraphRequestMethod] $Method,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 2, Mandatory = $true)]
        [uri] $Uri,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 3, ValueFromPipeline = $true)]
        [object] $Body,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 4)]
        [Collections.IDictionary] $Headers,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 5)]
        [string] $OutputFilePath,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 6)]
        [switch] $InferOutputFileName,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 7)]
        [string] $InputFilePath,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 8)]
        [switch] $PassThru,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 10)]
        [switch] $SkipHeaderValidation,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 11)]
        [string] $ContentType,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 13)]
        [Alias('SV')]
        [string] $SessionVariable,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 14)]
        [Alias('RHV')]
        [string] $ResponseHeadersVariable,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 15)]
        [string] $StatusCodeVariable,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 16)]
        [switch] $SkipHttpErrorCheck,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 17)]
        [GraphRequestSession] $GraphRequestSession,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 18)]
        [string] $UserAgent,

        [Parameter(ParameterSetName = 'UserParameterSet', Position = 19)]
        [GraphOutputType] $OutputType,

        [Parameter(ParameterSetName = 'UserParameterSet')]
        [switch] $All,

        [Parameter(ParameterSetName = 'UserParameterSet')]
        [ValidateRange(1, [long]::MaxValue)]
        [long] $First,

        [Parameter(ParameterSetName = 'UserParameterSet')]
        [switch] $Batch,

        [Parameter(ParameterSetName = 'UserParameterSet')]
        [string] $ConsistencyLevel,

        [Parameter(ParameterSetName = 'UserParameterSet')]
        [string] $ContextName
    )
    begin { $parts = $null }
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($Batch) {
            if ($null -eq $parts) { $parts = [Collections.ArrayList]::new() }
            $null = $parts.AddRange(@($Body))
            return
        }
        # Asked only where it decides something: it would add a verbose line that the original does not have.
        $decides = $WhatIfPreference -or $ConfirmPreference -eq 'Low'
        if ($decides -and $PSBoundParameters.ContainsKey('Method') -and $Method -ne 'GET' -and -not $PSCmdlet.ShouldProcess($Uri.OriginalString, [string]$Method)) { return }
        Send-Request $PSCmdlet $PSBoundParameters
    }
    end {
        if ($null -eq $parts) { return }
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        if ($PSCmdlet.ShouldProcess($Uri.OriginalString, "batch of $($parts.Count)")) {
            Send-Batch $PSCmdlet $PSBoundParameters $parts
        }
    }
}
