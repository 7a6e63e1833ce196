package refimpl

// IdlePatienceOfEdges is what a home must outlast.
const IdlePatienceOfEdges = edgeIdlePatience

// AppendPart writes and SumOf reads the parts of a Server-Timing header.
var (
	AppendPart = appendPart
	SumOf      = sumOf
)
