package refimpl

// IdlePatienceOfEdges is what a home must outlast.
const IdlePatienceOfEdges = edgeIdlePatience
