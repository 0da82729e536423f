"""What every measurement needs: processes of their own, what they cost, fresh databases, figures against the truth."""
