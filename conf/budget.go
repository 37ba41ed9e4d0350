// SPDX-License-Identifier: Apache-2.0

package conf

// A few lines of definitions can stand for more text than there is memory. The
// work of expansions is therefore bounded: ten times the text that was written
// and a fixed amount that no sensible configuration comes near.
const (
	budgetFactor = 10
	budgetFloor  = 50 << 20
	// What a use of a parameter, and a line, cost besides their bytes.
	useCost  = 160
	lineCost = 400
)

// maxNesting bounds parameters within parameters.
const maxNesting = 500

// budget is what expansions may still cost.
type budget struct{ left int }

// written adds the text of a file.
func (b *budget) written(n int) { b.left += budgetFactor * n }

// spend takes n off what is left. When nothing is, the reading stops.
func (s *source) spend(n int, pos Pos) bool {
	if s.stop {
		return false
	}
	if s.budget.left -= n; s.budget.left >= 0 {
		return true
	}
	s.stop = true
	s.c.addHint(codeExpansion, pos, "look for parameters that multiply, or for a sequence that is too long",
		"expansions make more than %d MB of text; the rest of the configuration is not read", budgetFloor>>20)
	return false
}
