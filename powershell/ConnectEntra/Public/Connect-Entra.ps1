function Connect-Entra {
    <#
    .SYNOPSIS
    Signs this PowerShell session in to Microsoft Entra ID.
    .DESCRIPTION
    Signs in as a person (browser or device code) or as an app (secret, certificate, managed identity, environment
    variables), or takes an access token that you have. The session stays signed in and the sign-in is renewed before it
    ends, except for an access token of your own.
    A connect that fails or is stopped leaves the connection that was there before as it was.
    Sign-in errors do not end a script by themselves: use -ErrorAction Stop or $ErrorActionPreference = 'Stop'.
    .PARAMETER Scopes
    The delegated permissions to ask for, for example User.Read.All. Several may stand in one text, parted by commas. Without it: User.Read.
    .PARAMETER ClientId
    The id of the app to sign in with; with -Identity, the client id of a user-assigned identity.
    .PARAMETER CertificateSubjectName
    The whole distinguished name of a certificate, for example CN=automation. It is looked for in the personal store of the user, then of the computer.
    .PARAMETER CertificateThumbprint
    The thumbprint of a certificate in the personal store of the user or of the computer. Blanks and invisible characters around it are ignored.
    .PARAMETER SendCertificateChain
    Whether to send the certificate itself with the assertion, for apps that trust a subject name and issuer.
    .PARAMETER Certificate
    A certificate object with its private key.
    .PARAMETER ClientSecretCredential
    A credential whose user name is the id of the app and whose password is its secret.
    .PARAMETER AccessToken
    An access token as SecureString. It is used as it is and not renewed.
    .PARAMETER TenantId
    The tenant: its id, or one of its domain names. Apps need it.
    .PARAMETER ContextScope
    Process keeps the sign-in in memory only. CurrentUser, which counts for people where nothing is said, lets later
    sessions of the same user take it up without asking.
    .PARAMETER Environment
    The cloud to connect to, as listed by Get-EntraEnvironment. Without it: Global.
    .PARAMETER UseDeviceCode
    Shows a code to be entered in a browser anywhere, instead of opening a browser here.
    .PARAMETER ClientTimeout
    How long a request may take, in seconds. Stays in force for this session.
    .PARAMETER Identity
    Signs in as the managed identity of this machine or service.
    .PARAMETER EnvironmentVariable
    Signs in with what AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_CLIENT_CERTIFICATE_PATH say.
    .PARAMETER NoWelcome
    Leaves out the welcome text.
    .PARAMETER LoginHint
    The account that is meant, for example adele@contoso.com: taken up where it is signed in already, offered first in the
    browser where not.
    .PARAMETER Prompt
    What the sign-in page asks for: login, select_account, consent or none.
    .PARAMETER CertificatePath
    A file with certificate and private key: PEM or PKCS#12 (.pfx, .p12).
    .PARAMETER CertificatePassword
    The password of that file.
    .PARAMETER ClientAssertion
    A signed assertion instead of a certificate: text, a SecureString, or a script block that gives a fresh one at each renewal.
    .PARAMETER ObjectId
    The object id of a user-assigned identity.
    .PARAMETER ResourceId
    The resource id of a user-assigned identity.
    .PARAMETER ContextName
    A name for the connection, for sessions with several: see Select-EntraContext.
    .EXAMPLE
    Connect-Entra

    Opens the browser and signs you in with your account.
    .EXAMPLE
    Connect-Entra -Scopes 'User.Read.All', 'Group.ReadWrite.All'

    Asks for two permissions.
    .EXAMPLE
    $token = ConvertTo-SecureString -String $AccessToken -AsPlainText -Force
    Connect-Entra -AccessToken $token

    Uses an access token that you got elsewhere, until it ends.
    .EXAMPLE
    Connect-Entra -UseDeviceCode

    Shows a code and the address where to enter it, in a browser on any device.
    .EXAMPLE
    $connectParams = @{
        TenantId              = 'aaaabbbb-0000-cccc-1111-dddd2222eeee'
        ApplicationId         = '00001111-aaaa-2222-bbbb-3333cccc4444'
        CertificateThumbprint = 'AA11BB22CC33DD44EE55FF66AA77BB88CC99DD00'
    }
    Connect-Entra @connectParams

    Signs in as an app with a certificate of the store, named by its thumbprint.
    .EXAMPLE
    $params = @{
        ClientId        = '00001111-aaaa-2222-bbbb-3333cccc4444'
        TenantId        = 'aaaabbbb-0000-cccc-1111-dddd2222eeee'
        CertificateName = 'CN=automation'
    }
    Connect-Entra @params

    The same with the certificate's subject, written as the whole distinguished name.
    .EXAMPLE
    $certificate = Get-Item Cert:\CurrentUser\My\$thumbprint
    Connect-Entra -ClientId '00001111-aaaa-2222-bbbb-3333cccc4444' -TenantId 'aaaabbbb-0000-cccc-1111-dddd2222eeee' -Certificate $certificate

    The same with a certificate object.
    .EXAMPLE
    $credential = Get-Credential -Credential '00001111-aaaa-2222-bbbb-3333cccc4444'
    Connect-Entra -TenantId 'aaaabbbb-0000-cccc-1111-dddd2222eeee' -ClientSecretCredential $credential

    Signs in as an app with its secret, which is entered as the password.
    .EXAMPLE
    Connect-Entra -Identity

    Signs in as the identity that the system manages for this machine or service.
    .EXAMPLE
    Connect-Entra -Identity -ClientId '22223333-cccc-4444-dddd-5555eeee6666'

    Signs in as a user-assigned identity.
    .EXAMPLE
    Connect-Entra -ContextScope Process

    Keeps the sign-in in this process only: nothing is stored, and another session may be signed in as somebody else.
    .EXAMPLE
    Get-EntraEnvironment
    Connect-Entra -Environment USGov

    Lists the clouds and connects to one of them.
    .EXAMPLE
    Connect-Entra -ClientTimeout 60

    Lets a request take up to 60 seconds.
    .EXAMPLE
    Connect-Entra -NoWelcome

    Signs in without the welcome text.
    .EXAMPLE
    $env:AZURE_TENANT_ID = 'aaaabbbb-0000-cccc-1111-dddd2222eeee'
    $env:AZURE_CLIENT_ID = '00001111-aaaa-2222-bbbb-3333cccc4444'
    $env:AZURE_CLIENT_CERTIFICATE_PATH = '/run/keys/app.pem'
    Connect-Entra -EnvironmentVariable

    Signs in with what the environment variables say.
    .EXAMPLE
    Connect-Entra -ClientId '00001111-aaaa-2222-bbbb-3333cccc4444' -TenantId 'aaaabbbb-0000-cccc-1111-dddd2222eeee' -CertificatePath ./app.pfx -CertificatePassword $password

    Signs in with a certificate file, without a certificate store.
    .LINK
    Disconnect-Entra
    .LINK
    Get-EntraContext
    #>
    [CmdletBinding(DefaultParameterSetName = 'UserParameterSet', PositionalBinding = $false)]
    [Alias('Connect-MgGraph', 'Connect-Graph')]
    [OutputType([void])]
    # The sets of -Syntax stand in the order of the parameters and, within one parameter, from the last attribute to the first.
    param(
        [Parameter(ParameterSetName = 'UserParameterSet', Position = 1)]
        [string[]] $Scopes,

        [Parameter(ParameterSetName = 'IdentityParameterSet', Position = 1)]
        [Parameter(ParameterSetName = 'AppCertificateParameterSet', Mandatory = $true, Position = 1)]
        [Parameter(ParameterSetName = 'UserParameterSet', Position = 2)]
        [Alias('AppId', 'ApplicationId')]
        [string] $ClientId,

        [Parameter(ParameterSetName = 'AppCertificateParameterSet', Position = 2)]
        [Alias('CertificateSubject', 'CertificateName')]
        [string] $CertificateSubjectName,

        [Parameter(ParameterSetName = 'AppCertificateParameterSet', Position = 3)]
        [string] $CertificateThumbprint,

        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [bool] $SendCertificateChain,

        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [Security.Cryptography.X509Certificates.X509Certificate2] $Certificate,

        [Parameter(ParameterSetName = 'AppSecretCredentialParameterSet')]
        [Alias('SecretCredential', 'Credential')]
        [pscredential] $ClientSecretCredential,

        [Parameter(ParameterSetName = 'AccessTokenParameterSet', Mandatory = $true, Position = 1)]
        [securestring] $AccessToken,

        [Parameter(ParameterSetName = 'AppSecretCredentialParameterSet')]
        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [Parameter(ParameterSetName = 'UserParameterSet')]
        [Alias('Audience', 'Tenant')]
        [string] $TenantId,

        [Parameter(ParameterSetName = 'EnvironmentVariableParameterSet')]
        [Parameter(ParameterSetName = 'AppSecretCredentialParameterSet')]
        [Parameter(ParameterSetName = 'IdentityParameterSet')]
        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [Parameter(ParameterSetName = 'UserParameterSet')]
        [ContextScope] $ContextScope,

        [Parameter(ParameterSetName = 'EnvironmentVariableParameterSet')]
        [Parameter(ParameterSetName = 'AccessTokenParameterSet')]
        [Parameter(ParameterSetName = 'AppSecretCredentialParameterSet')]
        [Parameter(ParameterSetName = 'IdentityParameterSet')]
        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [Parameter(ParameterSetName = 'UserParameterSet')]
        [Alias('EnvironmentName', 'NationalCloud')]
        [ValidateNotNullOrEmpty()]
        [ArgumentCompleter({ param($Command, $Parameter, $Word) (ConnectEntra\Get-EntraEnvironment -ErrorAction Ignore).Name -like "$Word*" })]
        [string] $Environment,

        [Parameter(ParameterSetName = 'UserParameterSet')]
        [Alias('UseDeviceAuthentication', 'DeviceCode', 'DeviceAuth', 'Device')]
        [switch] $UseDeviceCode,

        [Parameter(ParameterSetName = 'EnvironmentVariableParameterSet')]
        [Parameter(ParameterSetName = 'AccessTokenParameterSet')]
        [Parameter(ParameterSetName = 'AppSecretCredentialParameterSet')]
        [Parameter(ParameterSetName = 'IdentityParameterSet')]
        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [Parameter(ParameterSetName = 'UserParameterSet')]
        [ValidateNotNullOrEmpty()]
        [double] $ClientTimeout,

        [Parameter(ParameterSetName = 'IdentityParameterSet')]
        [Alias('ManagedIdentity', 'ManagedServiceIdentity', 'MSI')]
        [switch] $Identity,

        [Parameter(ParameterSetName = 'EnvironmentVariableParameterSet')]
        [switch] $EnvironmentVariable,

        [Parameter()]
        [switch] $NoWelcome,

        [Parameter(ParameterSetName = 'UserParameterSet')]
        [string] $LoginHint,

        [Parameter(ParameterSetName = 'UserParameterSet')]
        [string] $Prompt,

        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [string] $CertificatePath,

        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [securestring] $CertificatePassword,

        [Parameter(ParameterSetName = 'AppCertificateParameterSet')]
        [object] $ClientAssertion,

        [Parameter(ParameterSetName = 'IdentityParameterSet')]
        [string] $ObjectId,

        [Parameter(ParameterSetName = 'IdentityParameterSet')]
        [string] $ResourceId,

        [Parameter()]
        [string] $ContextName
    )
    process {
        . $script:UseCallerPreference $PSCmdlet $PSBoundParameters
        Connect-Session $PSCmdlet $PSBoundParameters
    }
}
