# The only loop around the library: begin, hand over secrets, next ... next, answer where it asks, free.

# Runs one operation to its end. Gives the fields of its result; writes its error through the caller and gives nothing.
#   Door         the word before _begin: connect, context ...
#   Field        name -> text or texts; or the text of the whole bag
#   Secret       name -> SecureString or text
#   Certificate  the object of -Certificate
#   Key          ids in the key table that belong to the operation already
#   Body         bytes, or a stream of them, that the operation sends
#   Output       takes one of several results: its fields and its bytes
# Bytes beside the last event are found in its fields under Bytes.
function Invoke-Operation {
    param(
        [Management.Automation.PSCmdlet] $Caller, [string] $Door, $Field,
        [hashtable] $Secret = @{}, $Certificate, [string[]] $Key = @(), $Body, [scriptblock] $Output
    )
    if (-not $script:Native) { Initialize-Native $Caller }
    $call = @{ Caller = $Caller; Operation = [uint64]0; Certificate = $Certificate; Key = [Collections.ArrayList]$Key; Output = $Output; Body = $Body }
    $last = $null
    try {
        $bag = if ($Field -is [string]) { [Text.Encoding]::UTF8.GetBytes($Field) } else { ConvertTo-Bag $Field }
        $handle = [uint64]0
        try { $status = $script:Native::"entra_${Door}_begin"($bag, [uint64]$bag.Length, [ref]$handle) }
        finally { $call.Operation = $handle }
        if ($status) { Assert-Status $Caller $status "entra_${Door}_begin" }
        foreach ($name in $Secret.Keys) { Send-Secret $Caller $handle $name $Secret[$name] }
        if ($Body -is [byte[]]) { Assert-Status $Caller ($script:Native::entra_op_write($handle, $Body, [uint64]$Body.Length)) 'entra_op_write' }
        $last = Wait-Operation $call
    } finally {
        # Also on Ctrl+C, which no catch sees: the library drops what it was doing and closes its sockets.
        if ($call.Operation) { $null = $script:Native::entra_op_free($call.Operation) }
        if ($call.Key.Count -and (-not $last -or $last.Kind -ne $script:EventKind.Result)) { Remove-Key $call.Key }
    }
    if ($last.Kind -eq $script:EventKind.Error) { Write-OperationError $Caller $last.Bag; return }
    if ($call.Key.Count -or $last.Bag.ContainsKey('Ended')) { Update-ConnectionKey $call.Key $last.Bag }
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
        if ($status) { Assert-Status $Call.Caller $status 'entra_op_next' }
        $bag = ConvertFrom-Bag $buffer ([int]$length)
        if ($bag.ContainsKey('Length')) { $bag.Bytes = Read-Content $Call ([int]$bag.Length[0]) }
        if ($kind -eq $script:EventKind.Result -or $kind -eq $script:EventKind.Error) { return @{ Kind = $kind; Bag = $bag } }
        if ($kind -eq $script:EventKind.WantBody) { Send-Piece $Call $bag; continue }
        if ($kind -eq $script:EventKind.Output) { & $Call.Output $Call.Caller $bag; continue }
        $answer = Get-Answer $Call $kind $bag
        if ($null -ne $answer) { Send-Answer $Call $answer } else { Show-Event $Call.Caller $kind $bag }
    }
}

# The bytes beside an event.
function Read-Content {
    param([hashtable] $Call, [int] $Count)
    $content = [byte[]]::new($Count)
    $length = [uint64]0
    if ($Count) { Assert-Status $Call.Caller ($script:Native::entra_op_read($Call.Operation, $content, [uint64]$Count, [ref]$length)) 'entra_op_read' }
    , $content
}

# The next piece of a stream, nothing at its end: it may be longer than what should be held at once.
function Send-Piece {
    param([hashtable] $Call, [Collections.Hashtable] $Bag)
    $stream = $Call.Body
    $count = 0
    try {
        if (-not $Call.ContainsKey('Piece')) {
            $Call.Piece = [byte[]]::new(1MB)
            $Call.Start = if ($stream.CanSeek) { $stream.Position }
        }
        if ($Bag.ContainsKey('Restart')) { $stream.Position = $Call.Start }
        $count = $stream.Read($Call.Piece, 0, $Call.Piece.Length)
    } catch {
        Stop-Command $Call.Caller 'BodyNotReadable' 'ReadError' ([IO.IOException]::new("The stream of -Body cannot be read: $($_.Exception.GetBaseException().Message)", $_.Exception))
    }
    Assert-Status $Call.Caller ($script:Native::entra_op_write($Call.Operation, $Call.Piece, [uint64]$count)) 'entra_op_write'
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
