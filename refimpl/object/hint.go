package object

// Hint is a wish where an object should live that does not live yet, in the
// spelling of location hints ("weur"); "" is none.
type Hint string
