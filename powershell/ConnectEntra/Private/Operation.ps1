# The only loop around the library: begin, hand over secrets, next ... next, answer where it asks, free.
#
# The first command of a process pays for what PowerShell compiles: half a millisecond for each new kind of call. So what it
# passes through, here and in the other files, has a form of its own. Tables are read by ['name'], which is one kind for all
# names, where .name is one each. Text in quotes is taken before methods, which are compiled with all their overloads, and
# methods before operators that load the regular expressions. Parameters have no types, and numbers reach methods in variables, since each type makes a kind of its own
# of all that is called with it.

# Runs one operation to its end. Gives the fields of its result; writes its error through the caller and gives nothing.
#   Door         the word before _begin: connect, context ...
#   Field        the text of a bag
#   Secret       name -> SecureString or text
#   Certificate  the object of -Certificate
#   Key          ids in the key table that belong to the operation already
#   Body         bytes, or a stream of them, that the operation sends
#   Output       takes one of several results: its fields and its bytes
# Bytes beside the last event are found in its fields under Bytes.
function Invoke-Operation {
    param($Caller, $Door, $Field, $Secret, $Certificate, $Key, $Body, $Output)
    if (-not $script:Native) { Initialize-Native $Caller }
    $bag = [Text.Encoding]::UTF8.GetBytes($Field)
    $handle = [long[]]::new(1)
    $call = @{ Caller = $Caller; Handle = $handle; Certificate = $Certificate; Key = $Key; Output = $Output; Body = $Body; Kind = $null }
    $last = $null
    try {
        $status = $script:Native::"entra_${Door}_begin"($bag, $bag.Length, $handle)
        if ($status) { Stop-NativeCall $Caller $status "entra_${Door}_begin" }
        if ($null -ne $Secret) { foreach ($name in $Secret.Keys) { Send-Secret $call $name $Secret[$name] } }
        if ($Body -is [byte[]]) {
            $status = $script:Native::entra_op_write($handle[0], $Body, $Body.Length)
            if ($status) { Stop-NativeCall $Caller $status 'entra_op_write' }
        }
        $last = Wait-Operation $call
    } finally {
        # Also on Ctrl+C, which no catch sees: the library drops what it was doing and closes its sockets. Where nothing was
        # begun, it refuses the handle 0.
        $null = $script:Native::entra_op_free($handle[0])
        if ($call['Key'] -and $call['Kind'] -ne $script:EventKind['Result']) { Remove-Key $call['Key'] }
    }
    if ($call['Kind'] -eq $script:EventKind['Error']) { Write-OperationError $Caller $last; return }
    if ($call['Key'] -or $last['Ended']) { Update-ConnectionKey $call['Key'] $last }
    $last
}

# A pipeline is stopped between two statements, never inside a native call.
$script:LongestWait = 50
# A service that needs longer gives time for something else.
$script:ShortWait = 5

# Gives the fields of the last event, whose kind is then found in $Call.
function Wait-Operation {
    param($Call)
    $handle = $Call['Handle'][0]
    $buffer = [byte[]]::new(4096)
    $kinds = [int[]]::new(1)
    $length = [long[]]::new(1)
    $start = 0
    $parts = 2
    while ($true) {
        $wait = if ($script:FirstRequest) { $script:ShortWait } else { $script:LongestWait }
        $status = $script:Native::entra_op_next($handle, $wait, $kinds, $buffer, $buffer.Length, $length)
        if ($status) {
            if ($status -eq $script:Status['Timeout']) {
                if (-not $script:FirstRequest) { continue }
                $step, $script:FirstRequest = $script:FirstRequest
                # Nobody asked for it, so nobody hears of its failure.
                try { $null = & $step $Call['Caller'] } catch { $null = $_ }
                continue
            }
            if ($status -eq $script:Status['BufferTooSmall']) { $buffer = [byte[]]::new($length[0]); continue }
            Stop-NativeCall $Call['Caller'] $status 'entra_op_next'
        }
        $kind = $kinds[0]
        $bag = @{}
        foreach ($entry in [Text.Encoding]::UTF8.GetString($buffer, $start, $length[0]).Split("`0")) {
            if (-not $entry) { continue }
            $pair = $entry.Split('=', $parts)
            $bag[$pair[0]] += , $pair[1]
        }
        if ($bag['Length']) {
            $content = [byte[]]::new($bag['Length'][0])
            if ($content.Length) {
                $status = $script:Native::entra_op_read($handle, $content, $content.Length, $length)
                if ($status) { Stop-NativeCall $Call['Caller'] $status 'entra_op_read' }
            }
            $bag['Bytes'] = $content
        }
        $handler = $script:EventHandler[$kind]
        if ($null -eq $handler) { $Call['Kind'] = $kind; return $bag }
        $answer = & $handler $Call $bag
        if ($null -eq $answer) { continue }
        if ($answer -isnot [string]) { $answer = ConvertTo-BagText $answer }
        $answer = [Text.Encoding]::UTF8.GetBytes($answer)
        $status = $script:Native::entra_op_answer($handle, $answer, $answer.Length)
        if ($status) { Stop-NativeCall $Call['Caller'] $status 'entra_op_answer' }
    }
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
    $status = $script:Native::entra_op_write($Call.Handle[0], $Call.Piece, $count)
    if ($status) { Stop-NativeCall $Call.Caller $status 'entra_op_write' }
}

function Update-ConnectionKey {
    param([string[]] $Key, [Collections.Hashtable] $Bag)
    if ($Bag['Ended']) { Remove-ConnectionKey $Bag['Ended'] }
    if ($Key) { Set-KeyConnection $Key (Get-BagValue $Bag 'Connection') }
}
