# The only loop around the library: begin, hand over secrets, next ... next, answer where it asks, free.

# Runs one operation to its end. Gives the fields of its result; writes its error through the caller and gives nothing.
#   Door         the word before _begin: connect, context ...
#   Field        name -> text or texts
#   Secret       name -> SecureString or text
#   Certificate  the object of -Certificate
#   Key          ids in the key table that belong to the operation already
function Invoke-Operation {
    param(
        [Management.Automation.PSCmdlet] $Caller, [string] $Door, [Collections.IDictionary] $Field,
        [hashtable] $Secret = @{}, $Certificate, [string[]] $Key = @()
    )
    Initialize-Native $Caller
    $call = @{ Caller = $Caller; Operation = [uint64]0; Certificate = $Certificate; Key = [Collections.ArrayList]$Key }
    $last = $null
    try {
        $bag = ConvertTo-Bag $Field
        $handle = [uint64]0
        try { $status = $script:Native::"entra_${Door}_begin"($bag, [uint64]$bag.Length, [ref]$handle) }
        finally { $call.Operation = $handle }
        Assert-Status $Caller $status "entra_${Door}_begin"
        foreach ($name in $Secret.Keys) { Send-Secret $Caller $handle $name $Secret[$name] }
        $last = Wait-Operation $call
    } finally {
        # Also on Ctrl+C, which no catch sees: the library drops what it was doing and closes its sockets.
        if ($call.Operation) { $null = $script:Native::entra_op_free($call.Operation) }
        if (-not $last -or $last.Kind -ne $script:EventKind.Result) { Remove-Key $call.Key }
    }
    if ($last.Kind -eq $script:EventKind.Error) { Write-OperationError $Caller $last.Bag; return }
    Update-ConnectionKey $call.Key $last.Bag
    $last.Bag
}

function Wait-Operation {
    param([hashtable] $Call)
    $buffer = [byte[]]::new(16384)
    $kind = [uint32]0
    $length = [uint64]0
    while ($true) {
        # 50 ms: a pipeline is stopped between two statements, never inside a native call.
        $status = $script:Native::entra_op_next($Call.Operation, [uint32]50, [ref]$kind, $buffer, [uint64]$buffer.Length, [ref]$length)
        if ($status -eq $script:Status.Timeout) { continue }
        if ($status -eq $script:Status.BufferTooSmall) { $buffer = [byte[]]::new([int]$length); continue }
        Assert-Status $Call.Caller $status 'entra_op_next'
        $bag = ConvertFrom-Bag $buffer ([int]$length)
        if ($kind -eq $script:EventKind.Result -or $kind -eq $script:EventKind.Error) { return @{ Kind = $kind; Bag = $bag } }
        $answer = Get-Answer $Call $kind $bag
        if ($null -ne $answer) { Send-Answer $Call $answer } else { Show-Event $Call.Caller $kind $bag }
    }
}

function Send-Answer {
    param([hashtable] $Call, [hashtable] $Answer)
    $bag = ConvertTo-Bag $Answer
    Assert-Status $Call.Caller ($script:Native::entra_op_answer($Call.Operation, $bag, [uint64]$bag.Length)) 'entra_op_answer'
}

function Update-ConnectionKey {
    param([string[]] $Key, [Collections.Hashtable] $Bag)
    $ended = Get-BagList $Bag 'Ended'
    if ($ended.Length) { Remove-ConnectionKey $ended }
    if ($Key.Length) { Set-KeyConnection $Key (Get-BagValue $Bag 'Connection') }
}
