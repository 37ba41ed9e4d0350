// SPDX-License-Identifier: Apache-2.0

package conf

// didYouMean gives a hint with the word that is nearest to a misspelt one, or
// nothing if none is near.
func didYouMean(word string, known []string) string {
	if best, ok := Nearest(word, known); ok {
		return "did you mean " + best + "?"
	}
	return ""
}

// Nearest gives the known word with the smallest distance to word, the first of
// equals, if it is near enough to be meant: a third of its letters, at most three.
func Nearest(word string, known []string) (string, bool) {
	best, limit := "", min(len(word)/3, 3)+1
	for _, k := range known {
		if d := distance(word, k, limit); d < limit {
			best, limit = k, d
		}
	}
	return best, best != ""
}

// distance is the Damerau-Levenshtein distance of a and b (optimal string
// alignment), or limit if it is not below limit.
func distance(a, b string, limit int) int {
	if a == b {
		return 0
	}
	if abs(len(a)-len(b)) >= limit {
		return limit
	}
	// Three rows of the table are alive: two back for a transposition.
	prev2, prev, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(prev[j]+1, row[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], prev2[j-2]+1)
			}
		}
		prev2, prev, row = prev, row, prev2
	}
	return min(prev[len(b)], limit)
}

func abs(n int) int { return max(n, -n) }
