# The C door of the library connect_entra, bound when the first command runs: binding costs more than the import.
$script:AbiVersion = 2
$script:Native = $null

# What the library answers; the numbers are those of connect_entra.h.
$script:Status = @{ Ok = 0; Timeout = 1; BufferTooSmall = 2; End = 3 }
$script:EventKind = @{
    Log = 1; Warning = 2; Message = 3; Progress = 4; Page = 5
    AskVariables = 6; AskCertificate = 7; AskSignature = 8; AskAssertion = 9
    Result = 10; Error = 11; Output = 12; WantBody = 13
}

# Folders have small letters, and looking a name up costs less than a method that makes them small.
$script:MachineName = @{ X64 = 'x64'; X86 = 'x86'; Arm64 = 'arm64' }

function Get-LibraryPath {
    # Windows PowerShell has no $IsWindows and $IsMacOS, and strict mode would stop there.
    $names = if ($PSEdition -eq 'Desktop' -or $IsWindows) { 'win', 'connect_entra.dll', '\' }
    elseif ($IsMacOS) { 'osx', 'libconnect_entra.dylib', '/' }
    else { 'linux', 'libconnect_entra.so', '/' }
    $machine = "$([Runtime.InteropServices.RuntimeInformation]::ProcessArchitecture)"
    if ($script:MachineName[$machine]) { $machine = $script:MachineName[$machine] }
    $system, $file, $slash = $names
    $root = "$($script:ModuleRoot)${slash}runtimes$slash"
    $musl = "${root}linux-musl-$machine${slash}native$slash$file"
    if ([IO.File]::Exists($musl) -and [IO.Directory]::Exists('/lib') -and [IO.Directory]::GetFiles('/lib', 'ld-musl-*')) { return $musl }
    "$root$system-$machine${slash}native$slash$file"
}

# Each door has a name and parameter types. Every one answers with a status; lengths and handles have 64 bits.
function New-NativeType {
    param($Path)
    $bytes, $count, $handle = [byte[]], [long], [long]
    # What is written to is an array of one: a [ref] costs more to hand over.
    $countOut, $handleOut, $kindOut = [long[]], [long[]], [int[]]
    $begin = [type[]]($bytes, $count, $handleOut)
    $doors = @{
        entra_abi_version       = [type[]]@()
        entra_status_text       = [type[]]([int], $bytes, $count, $countOut)
        entra_connect_begin     = $begin
        entra_disconnect_begin  = $begin
        entra_context_begin     = $begin
        entra_connection_begin  = $begin
        entra_environment_begin = $begin
        entra_request_begin     = $begin
        entra_token_begin       = $begin
        entra_settings_begin    = $begin
        entra_op_secret         = [type[]]($handle, $bytes, $count, [IntPtr], $count, [uint32])
        entra_op_write          = [type[]]($handle, $bytes, $count)
        entra_op_next           = [type[]]($handle, [uint32], $kindOut, $bytes, $count, $countOut)
        entra_op_answer         = [type[]]($handle, $bytes, $count)
        entra_op_read           = [type[]]($handle, $bytes, $count, $countOut)
        entra_op_free           = [type[]]@($handle)
    }
    $type = (New-TypeBuilder 'ConnectEntra.Native').DefineType('ConnectEntraNative', 'Public,Abstract,Sealed', [object])
    foreach ($name in $doors.Keys) {
        $method = $type.DefinePInvokeMethod($name, $Path, 'Public,Static,PinvokeImpl', 'Standard', [int], $doors[$name], 'Cdecl', 'Ansi')
        $method.SetImplementationFlags('PreserveSig')
    }
    $type.CreateTypeInfo()
}

function Initialize-Native {
    param($Caller)
    if ($script:Native) { return }
    $path = Get-LibraryPath
    # Looked for first: without the file the first call answers "Value cannot be null (path1)".
    if (-not [IO.File]::Exists($path)) {
        Stop-Command $Caller 'NativeLibraryNotFound' 'ObjectNotFound' ([IO.FileNotFoundException]::new(
            "The native library of ConnectEntra was looked for at '$path' and is not there. Install the package of the module that was made for this system, or build the library.", $path))
    }
    $native = New-NativeType $path
    try { $version = $native::entra_abi_version() }
    catch {
        Stop-Command $Caller 'NativeLibraryNotUsable' 'InvalidOperation' ([InvalidOperationException]::new(
            "The native library of ConnectEntra at '$path' could not be loaded: $($_.Exception.GetBaseException().Message)", $_.Exception))
    }
    if ($version -ne $script:AbiVersion) {
        Stop-Command $Caller 'NativeLibraryVersion' 'InvalidOperation' ([InvalidOperationException]::new(
            "The native library at '$path' has interface version $version, this module needs version $($script:AbiVersion). Install module and library from the same package; a library that is loaded stays until the process ends."))
    }
    $script:Native = $native
}

# A status below zero is a defect of this module or of the library, never of the person who called.
function Stop-NativeCall {
    param([Management.Automation.PSCmdlet] $Caller, $Status, [string] $Door)
    $text = [byte[]]::new(512)
    $length = [long[]]::new(1)
    $said = ''
    if ($script:Native::entra_status_text($Status, $text, $text.Length, $length) -eq 0) {
        $said = [Text.Encoding]::UTF8.GetString($text, 0, $length[0])
    }
    Stop-Command $Caller 'NativeCallFailed' 'InvalidOperation' ([InvalidOperationException]::new("The native library refused ${Door}: $said (status $Status)."))
}
