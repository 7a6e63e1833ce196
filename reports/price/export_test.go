package price

// Parse and ParseUsages read files other than those embedded.
var (
	Parse       = parse
	ParseUsages = parseUsages
	Embedded    = prices
)
