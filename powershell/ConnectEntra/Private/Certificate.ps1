# Certificates are found and used by .NET: only it reaches every store and keys that cannot be exported.

# The personal stores, the person's own first. The one of the machine does not exist on every system.
function Get-StoreCertificate {
    param([string] $Place)
    try {
        $store = [Security.Cryptography.X509Certificates.X509Store]::new('My', $Place)
        try {
            $store.Open('ReadOnly')
            foreach ($certificate in $store.Certificates) { $certificate }
        } finally { $store.Dispose() }
    } catch [Security.Cryptography.CryptographicException] {
        $null = $_
    }
}

# The newest certificate of the first store that has one which is valid now. Also says whether there was any at all.
function Find-Certificate {
    param([string] $Thumbprint, [string] $Subject)
    $now = [datetime]::Now
    $seen = $null
    foreach ($place in 'CurrentUser', 'LocalMachine') {
        $best = $null
        foreach ($certificate in Get-StoreCertificate $place) {
            $fits = if ($Thumbprint) { $certificate.Thumbprint -eq $Thumbprint } else { $certificate.Subject -eq $Subject }
            if (-not $fits) { continue }
            $seen = $certificate
            if ($certificate.NotBefore -gt $now -or $certificate.NotAfter -lt $now) { continue }
            if (-not $best -or $certificate.NotBefore -gt $best.NotBefore) { $best = $certificate }
        }
        if ($best) { return @{ Found = 'Yes'; Certificate = $best } }
    }
    if (-not $seen) { return @{ Found = 'NotFound' } }
    $day = { param($time) $time.ToUniversalTime().ToString('yyyy-MM-dd', [cultureinfo]::InvariantCulture) }
    @{ Found = 'Expired'; Detail = "valid from $(& $day $seen.NotBefore) to $(& $day $seen.NotAfter)" }
}

function Get-RsaKey {
    param([Security.Cryptography.X509Certificates.X509Certificate2] $Certificate)
    [Security.Cryptography.X509Certificates.RSACertificateExtensions]::GetRSAPrivateKey($Certificate)
}

# What a certificate can do: one of the answers NoPrivateKey, KeyUnreadable and Yes with the kind of its key.
function Test-CertificateKey {
    param([Security.Cryptography.X509Certificates.X509Certificate2] $Certificate)
    if (-not $Certificate.HasPrivateKey) { return @{ Found = 'NoPrivateKey' } }
    try {
        $key = Get-RsaKey $Certificate
        if (-not $key) { return @{ Found = 'Yes'; KeyType = 'EC' } }
        $key.Dispose()
        @{ Found = 'Yes'; KeyType = 'RSA' }
    } catch {
        @{ Found = 'KeyUnreadable'; Detail = $_.Exception.GetBaseException().Message }
    }
}

# The certificates above the given one, built from what this computer has: nothing is fetched, nothing judged.
function Get-CertificateChain {
    param([Security.Cryptography.X509Certificates.X509Certificate2] $Certificate)
    $chain = [Security.Cryptography.X509Certificates.X509Chain]::new()
    try {
        $chain.ChainPolicy.RevocationMode = 'NoCheck'
        $chain.ChainPolicy.VerificationFlags = 'AllFlags'
        $downloads = $chain.ChainPolicy.psobject.Properties['DisableCertificateDownloads']      # newer than .NET Framework
        if ($downloads) { $downloads.Value = $true }
        $null = $chain.Build($Certificate)
        for ($i = 1; $i -lt $chain.ChainElements.Count; $i++) {
            [Convert]::ToBase64String($chain.ChainElements[$i].Certificate.RawData)
        }
    } finally { $chain.Dispose() }
}

# Answers ASK_SIGNATURE. A key of an old provider refuses PSS: the library then asks for PKCS#1.
function Get-Signature {
    param([string] $Key, [string] $Digest, [string] $Padding)
    $entry = Get-Key $Key
    if (-not $entry) { return @{ Failed = 'the certificate of this connection is gone' } }
    $rsa = $null
    try {
        $rsa = Get-RsaKey $entry.Value
        $how = if ($Padding -eq 'PSS') { [Security.Cryptography.RSASignaturePadding]::Pss } else { [Security.Cryptography.RSASignaturePadding]::Pkcs1 }
        $signature = $rsa.SignHash([Convert]::FromBase64String($Digest), [Security.Cryptography.HashAlgorithmName]::SHA256, $how)
        @{ Signature = [Convert]::ToBase64String($signature) }
    } catch {
        if ($Padding -eq 'PSS') { return @{ Unsupported = 'true' } }
        @{ Failed = $_.Exception.GetBaseException().Message }
    } finally { if ($rsa) { $rsa.Dispose() } }
}
