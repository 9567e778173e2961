# Makes up for what Wine lacks, in the session that has imported the module: Wine keeps no private keys for .NET
# (NCryptImportKey), so the key of a certificate of the simulator is read into memory from the file beside it.
param([Parameter(Mandatory)] [string] $Folder)
$read = {
    param([Security.Cryptography.X509Certificates.X509Certificate2] $Certificate)
    foreach ($file in [IO.Directory]::GetFiles($Folder, '*.cer')) {
        if ([Security.Cryptography.X509Certificates.X509Certificate2]::new($file).Thumbprint -ne $Certificate.Thumbprint) { continue }
        $key = [Security.Cryptography.RSA]::Create()
        $key.ImportFromPem([IO.File]::ReadAllText([IO.Path]::ChangeExtension($file, '.pem')))
        return $key
    }
}.GetNewClosure()
& (Get-Module ConnectEntra) { param($Read) ${function:script:Get-RsaKey} = $Read } $read
