"""`lakeward approve`: one person's decision about one gate, from a look at the promotion to a PromotionApproval."""
